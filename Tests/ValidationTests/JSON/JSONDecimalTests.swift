import GatehouseCore
import GatehouseValidation
import Testing

@Suite struct JSONDecimalTests {
    private func decimal(_ text: String) throws -> JSONDecimal {
        var tape = JSONTape()
        let bytes = Array(text.utf8)
        return try #require(try tape.parse(bytes.raw).decimal)
    }

    @Test(arguments: [
        ("0", "0"), ("-0.00", "0"), ("1.0", "1"), ("10e-1", "1"), ("-12300", "-123e2"),
        ("0.00120", "12e-4"), ("1e400", "1e400"), ("123456789012345678901234567890", nil),
        ("0.1234567890123456789012345678901", "1234567890123456789012345678901e-31"),
    ])
    func `keeps every digit and one spelling`(_ text: String, _ expected: String?) throws {
        let value = try decimal(text)
        #expect(
            value.description == expected ?? "12345678901234567890123456789e1")
        #expect(try decimal(value.description) == value)
    }

    @Test func `orders by value`() throws {
        let texts = [
            "-1e400", "-10", "-9.99", "-0.1", "0", "1e-400", "0.09", "0.1", "0.10001", "9", "10",
            "10.5", "1e400",
        ]
        for (left, a) in texts.enumerated() {
            for (right, b) in texts.enumerated() {
                #expect(try (decimal(a) < decimal(b)) == (left < right), "\(a) \(b)")
                #expect(try (decimal(a) == decimal(b)) == (left == right), "\(a) \(b)")
            }
        }
    }

    @Test func `gives an integer exactly or not at all`() throws {
        #expect(try decimal("-9223372036854775808").integer == .min)
        #expect(try decimal("9223372036854775807.0").integer == .max)
        #expect(try decimal("9223372036854775808").integer == nil)
        #expect(try decimal("1.5").integer == nil)
        #expect(try decimal("1e3").integer == 1_000)
        #expect(try decimal("1e19").integer == nil)
        #expect(try !decimal("1.5").isInteger && decimal("1.50e1").isInteger)
    }
}
