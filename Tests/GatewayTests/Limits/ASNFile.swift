import Foundation

/// Writes a small database in the MaxMind format (version 2.0): IPv4 networks and their systems.
enum ASNFile {
    /// - Parameter systems: networks of whole bytes, such as `[203, 0, 113]`, and their numbers.
    static func bytes(type: String = "GeoLite2-ASN", _ systems: [([UInt8], UInt32)]) -> Data {
        var nodes: [[Node]] = [[.empty, .empty]]
        var data: [UInt8] = []
        for (network, number) in systems {
            // IPv4 lies under 96 zero bits.
            let bits =
                [Int](repeating: 0, count: 96)
                + network.flatMap { byte in (0..<8).map { Int(byte >> UInt8(7 - $0) & 1) } }
            var node = 0
            for bit in bits.dropLast() {
                if case .node(let next) = nodes[node][bit] {
                    node = next
                } else {
                    nodes.append([.empty, .empty])
                    nodes[node][bit] = .node(nodes.count - 1)
                    node = nodes.count - 1
                }
            }
            nodes[node][bits.last ?? 0] = .data(data.count)
            data += map([
                ("autonomous_system_number", uint32(number)),
                ("autonomous_system_organization", text("Example")),
            ])
        }
        var file: [UInt8] = []
        for node in nodes {
            for record in node { file += record.bytes(of: nodes.count) }
        }
        file += [UInt8](repeating: 0, count: 16) + data
        file += [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
        file += map([
            ("binary_format_major_version", uint16(2)), ("binary_format_minor_version", uint16(0)),
            ("build_epoch", [0x01, 0x02, 1]), ("database_type", text(type)),
            ("description", map([])), ("ip_version", uint16(6)), ("languages", [0x00, 0x04]),
            ("node_count", uint32(UInt32(nodes.count))), ("record_size", uint16(24)),
        ])
        return Data(file)
    }

    private enum Node {
        case empty
        case node(Int)
        case data(Int)

        func bytes(of count: Int) -> [UInt8] {
            let value =
                switch self {
                case .empty: count
                case .node(let index): index
                case .data(let offset): count + 16 + offset
                }
            return [16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
        }
    }

    private static func text(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        // Up to 28 bytes fit into the control byte; more say their length behind it.
        return bytes.count < 29
            ? [0x40 | UInt8(bytes.count)] + bytes
            : [0x40 | 29, UInt8(bytes.count - 29)] + bytes
    }

    private static func uint16(_ value: UInt16) -> [UInt8] {
        [0xA2, UInt8(value >> 8), UInt8(value & 255)]
    }

    private static func uint32(_ value: UInt32) -> [UInt8] {
        [0xC4] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }

    private static func map(_ entries: [(String, [UInt8])]) -> [UInt8] {
        [0xE0 | UInt8(entries.count)] + entries.flatMap { text($0.0) + $0.1 }
    }
}
