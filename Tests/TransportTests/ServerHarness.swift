import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP
import GatehouseTransport
import Synchronization
import TestSupport

/// A service made of a closure, which remembers what it was told.
final class TestService: Service {
    typealias Handler = @Sendable (Request) async -> Response
    private let handler: Handler
    private let timeout: Duration
    private let refusalBytes: Int
    let paths = Mutex<[String]>([])
    let summaries = Mutex<[ExchangeSummary]>([])
    let events = Mutex<[String]>([])

    /// - Parameter refusalBytes: how long a refusal's text is made.
    init(
        timeout: Duration = .seconds(20), refusalBytes: Int = 0, _ handler: @escaping Handler
    ) {
        self.handler = handler
        self.refusalBytes = refusalBytes
        self.timeout = timeout
    }

    func prepare(_ request: Request) { request.timeout = timeout }
    func respond(to request: Request) async -> Response { await handler(request) }

    func refuse(_ rejection: Rejection, _ request: Request) -> Response {
        let padding = String(repeating: ".", count: refusalBytes)
        var response = Response.text("\(rejection.code.rawValue) \(rejection.detail)\(padding)")
        response.status = rejection.status
        response.detail = rejection.detail
        response.closesConnection = rejection.closesConnection
        return response
    }

    func completed(_ request: Request, _ exchange: ExchangeSummary) {
        summaries.withLock { $0.append(exchange) }
        paths.withLock { $0.append(request.path) }
    }

    func observed(_ event: ConnectionEvent, loop: Int) {
        events.withLock { $0.append("\(event)") }
    }
}

/// A running server on a free port of the loopback address.
final class ServerHarness {
    let server: Server
    let service: TestService
    var port: UInt16 { server.addresses[0].port }

    init(
        limits: ConnectionLimits = ConnectionLimits(), transport: ListenerProtocol = .http,
        tls: TLSServerContext? = nil, loops: Int = 1, proxyHeader: Bool = false,
        timeout: Duration = .seconds(20), refusalBytes: Int = 0,
        _ handler: @escaping TestService.Handler
    ) throws {
        service = TestService(timeout: timeout, refusalBytes: refusalBytes, handler)
        server = try Server(
            listeners: [
                ListenerSettings(
                    host: "127.0.0.1", port: 0, transport: transport,
                    expectsProxyHeader: proxyHeader)
            ], loops: loops,
            snapshot: ServerSnapshot(service: service, tls: tls, limits: limits))
        server.start()
    }

    func client() throws -> RawClient { try RawClient(port: port) }

    deinit { _ = server.drain(deadline: .zero) }
}

func ok(_ text: String = "ok") -> Response { .text(text) }

let simple = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
