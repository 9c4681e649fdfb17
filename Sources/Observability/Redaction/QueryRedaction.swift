package import GatehouseCore

/// Shows a query string's parameter names and hides their values, unless a name is declared safe.
///
/// Deny by default: an unknown parameter may be a token, an address or a search for an illness. A
/// part without `=` is hidden whole, since a bare token looks like that.
package struct QueryRedaction: Sendable {
    /// Most parameters that are shown.
    static let parametersMax = 32
    /// Most bytes of one name.
    static let nameBytesMax = 64
    /// Most bytes of one safe value.
    static let valueBytesMax = 128

    private let safe: [[UInt8]]

    /// Shows the values of the parameters in `safe`, such as `page` and `limit`, compared exactly
    /// after percent-decoding; secrets inside them are still taken out.
    /// - Throws: for a name that stands for a secret.
    package init(safe: [String] = []) throws(ConfigurationError) {
        for name in safe where SecretNames.contains(name) {
            throw .invalid("log.query", "'\(name)' names a secret and can't be declared safe")
        }
        self.safe = safe.map { Array($0.utf8) }
    }

    /// Shows names alone.
    package static let namesOnly = QueryRedaction()

    private init() { safe = [] }

    /// Appends the query without what could be secret.
    package func append(
        _ query: RawSpan, to output: inout [UInt8], using scratch: inout RedactionScratch
    ) {
        var start = 0
        var shown = 0
        while start < query.byteCount {
            if shown == Self.parametersMax {
                output.append("…[cut: ")
                output.append(decimal: query.byteCount)
                output.append(" bytes]")
                return
            }
            var end = start
            while end < query.byteCount, !query.byte(end).separatesParameters { end += 1 }
            append(parameter: query.extracting(start..<end), to: &output, using: &scratch)
            if end < query.byteCount { output.append(query.byte(end)) }
            start = end + 1
            shown += 1
        }
    }

    private func append(
        parameter: RawSpan, to output: inout [UInt8], using scratch: inout RedactionScratch
    ) {
        guard parameter.byteCount > 0 else { return }
        var sign = 0
        while sign < parameter.byteCount, parameter.byte(sign) != 0x3D { sign += 1 }
        guard sign < parameter.byteCount else {
            output.append(Redaction.mark)
            return
        }
        let name = parameter.extracting(0..<sign)
        Redaction.append(name, limit: Self.nameBytesMax, to: &output, using: &scratch)
        output.append(0x3D)
        let value = parameter.extracting(sign + 1..<parameter.byteCount)
        guard value.byteCount > 0 else { return }
        if isSafe(name) {
            Redaction.append(value, limit: Self.valueBytesMax, to: &output, using: &scratch)
        } else {
            output.append(Redaction.mark)
        }
    }

    private func isSafe(_ name: RawSpan) -> Bool {
        for candidate in safe where matches(name, candidate) { return true }
        return false
    }

    private func matches(_ name: RawSpan, _ candidate: [UInt8]) -> Bool {
        var index = 0
        var position = 0
        while index < name.byteCount {
            let (byte, length) = name.percentDecodedByte(at: index)
            guard position < candidate.count, candidate[position] == byte else { return false }
            index += length
            position += 1
        }
        return position == candidate.count
    }
}

extension UInt8 {
    /// `&`, and `;`, which some servers take for one.
    fileprivate var separatesParameters: Bool { self == 0x26 || self == 0x3B }
}
