import Foundation
import TestSupport

/// A shop's API in another language: JSON of many shapes, in chunks and compressed, errors too.
final class ShopUpstream {
    private let program: StartedProgram
    let port: UInt16

    static let isThere = Tool.areInstalled("python3")

    init() throws {
        program = try StartedProgram(
            Tool.path("python3") ?? "python3", ["-u", "-c", Self.script])
        port = try program.listeningPort()
    }

    private static let script = #"""
        import gzip, http.server, json, re, uuid
        class Shop(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def send(self, status, value=None, mode="plain", **fields):
                self.send_response(status)
                for name, text in fields.items(): self.send_header(name, text)
                if value is None:
                    if status != 204: self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                data = json.dumps(value).encode()
                self.send_header("Content-Type", "application/json; charset=utf-8")
                accepted = self.headers.get("Accept-Encoding", "")
                if mode == "gzip" and "gzip" in accepted:
                    data = gzip.compress(data)
                    self.send_header("Content-Encoding", "gzip")
                if mode == "chunked":
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    for start in range(0, len(data), 7):
                        piece = data[start:start + 7]
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    self.wfile.write(b"0\r\n\r\n")
                    return
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            def order(self, n):
                return {"id": n, "ref": str(uuid.uuid5(uuid.NAMESPACE_URL, str(n))),
                        "at": "2026-03-0%dT10:00:00Z" % (1 + n % 9), "total": n * 1.25,
                        "note": None if n % 2 else "line %d" % n,
                        "lines": [{"sku": "s-%d" % i, "count": i + 1} for i in range(n % 4)]}
            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else b""
                path = self.path.split("?")[0]
                found = re.fullmatch(r"/orders/(\d+)", path)
                if path.startswith("/fail"): return self.send(500, {"trace": "x"})
                if self.command == "GET" and path == "/orders":
                    n = int(re.search(r"limit=(\d+)", self.path + "&limit=3").group(1))
                    return self.send(200, [self.order(i) for i in range(n)], "chunked")
                if self.command == "POST" and path == "/orders":
                    n = json.loads(body)["count"]
                    return self.send(201, self.order(n), Location="/orders/%d" % n)
                if found and int(found[1]) >= 100000: return self.send(404, {"error": "none"})
                if found and self.command == "GET":
                    return self.send(200, self.order(int(found[1])), "gzip")
                if found and self.command == "PATCH": return self.send(200, self.order(int(found[1])))
                if found and self.command == "DELETE": return self.send(204)
                if path == "/login": return self.send(302, None, Location="/orders")
                if path.startswith("/any/"): return self.send(200, {"ok": True})
                self.send(404, {"error": "no such thing"})
            do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_any
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
        print("listening", server.server_address[1])
        server.serve_forever()
        """#
}
