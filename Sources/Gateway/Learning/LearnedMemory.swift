import GatehouseCore
import GatehouseCrypto
import GatehouseObservability
import GatehouseValidation

/// What the learning thread knows, and its file.
struct LearnedMemory {
    private var content = LearnedFile.Content()
    private let file: LearnedFile
    private let logger: Logger
    /// Whether the file was there: one that is gone was reset.
    private var wasThere = false
    /// Whether the file holds what cannot be read and must not be written over.
    private var isBlocked = false
    private var isInTrouble = false

    init(_ file: LearnedFile, _ logger: Logger) {
        self.file = file
        self.logger = logger
    }

    /// Goes on with what is there; a broken file is kept under another name.
    mutating func begin() {
        switch file.load() {
        case .none: break
        case .content(let known):
            content = known
            wasThere = true
        case .broken(let why):
            let aside = file.setAside()
            isBlocked = aside == nil
            logger.error(
                "openapi.learned_broken",
                [
                    "file": .text(file.path), "reason": .text(why),
                    "kept_as": .text(aside ?? "left where it is: nothing is learned"),
                ])
        case .unreadable(let why):
            isBlocked = true
            logger.error(
                "openapi.learned_unreadable", ["file": .text(file.path), "reason": .text(why)])
        }
    }

    /// Begins anew after `gatehouse openapi reset`.
    mutating func forgetIfReset() {
        guard wasThere, !file.isThere else { return }
        wasThere = false
        content = LearnedFile.Content()
        logger.info("openapi.learned_reset")
    }

    mutating func observe(
        _ exchange: ObservedExchange, _ client: ExchangeDraft.Client, _ coding: String?
    ) {
        var exchange = exchange
        exchange.client = hash(client)
        if let coding, coding.lowercased() != "identity", let bytes = exchange.answer?.bytes {
            let field = Array(coding.utf8)
            exchange.answer?.bytes = ContentCoding(field.raw).flatMap { coding in
                try? coding.decode(bytes, bytesMax: Self.decodedMax)
            }
        }
        content.traffic.observe(exchange)
    }

    private static let decodedMax = 2 << 20

    /// An account, an IPv4 address, or the network of an IPv6 address, of which one client has
    /// 2⁶⁴.
    private func hash(_ client: ExchangeDraft.Client) -> UInt64 {
        let message: [UInt8] =
            switch client {
            case .account(let issuer, let subject): Array("a\(issuer)\0\(subject)".utf8)
            case .address(let address):
                [0x69] + (address.isIPv4 ? address : address.prefix(64)).bytes
            }
        let tag = OneTimeMAC.sha256.authenticate(message, key: Redacted(content.key))
        return tag.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Writes everything down; says once that it cannot be, and once that it can be again.
    mutating func save() {
        guard !isBlocked else { return }
        do throws(StartError) {
            let isReset = try file.locked { () throws(StartError) in
                if wasThere, !file.isThere { return true }
                try file.save(content)
                return false
            }
            if isReset { forgetIfReset() } else { wasThere = true }
            if isInTrouble { logger.info("openapi.learned_saved") }
            isInTrouble = false
        } catch {
            if !isInTrouble {
                logger.error("openapi.learned_not_saved", ["reason": .text(error.description)])
            }
            isInTrouble = true
        }
    }
}
