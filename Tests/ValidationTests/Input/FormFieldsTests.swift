import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct FormFieldsTests {
    private func pairs(_ text: String, _ limits: FormLimits = FormLimits()) throws(FormError)
        -> [[String]]
    {
        var fields = FormFields()
        let bytes = Array(text.utf8)
        try fields.parse(bytes.raw, limits: limits)
        return (0..<fields.count).map {
            [String(lossy: fields.name($0)), String(lossy: fields.value($0))]
        }
    }

    private func refusal(_ text: String, _ limits: FormLimits = FormLimits()) -> FormError.Reason? {
        do throws(FormError) {
            _ = try pairs(text, limits)
            return nil
        } catch { return error.reason }
    }

    @Test func `refuses what readers repair differently`() {
        for text in ["a=%", "a=%4", "a=%zz", "%=1", "a=%4g", "%u0041=1"] {
            #expect(refusal(text) == .malformedEscape, "\(text)")
        }
        for text in ["a=%C0%80", "a=%FF", "%ED%A0%80=1", "a=%F5%80%80%80", "a=%E2%82"] {
            #expect(refusal(text) == .invalidUTF8, "\(text)")
        }
        #expect(refusal("a=x%00y") == .zeroByte)
        #expect(refusal("a%00=1") == .zeroByte)
    }

    @Test func `refuses more than it is allowed to read, and takes exactly that`() {
        var limits = FormLimits()
        limits.fieldsMax = 2
        limits.nameBytesMax = 3
        limits.valueBytesMax = .bytes(4)
        #expect(refusal("a=1&b=2&c=3", limits) == .tooManyFields)
        #expect(refusal("a=1&&b=2&", limits) == nil)
        #expect(refusal("abcd=1", limits) == .nameTooLong)
        #expect(refusal("abc=1234", limits) == nil)
        #expect(refusal("abc=12345", limits) == .valueTooLong)
    }

    @Test func `reads names and values as they are meant`() throws {
        #expect(
            try pairs("a=1&b=hello+w%C3%B6rld&c&=d&e==f&g=%26%3D%2B")
                == [
                    ["a", "1"], ["b", "hello wörld"], ["c", ""], ["", "d"], ["e", "=f"],
                    ["g", "&=+"],
                ])
        #expect(try pairs("") == [])
        #expect(try pairs("&&&") == [])
    }

    @Test func `keeps nothing of what it read before`() throws {
        var fields = FormFields()
        try fields.parse(Array("a=1&b=2".utf8).raw)
        try fields.parse(Array("c=3".utf8).raw)
        #expect(fields.count == 1)
        #expect(throws: FormError.self) { try fields.parse(Array("d=4&e=%".utf8).raw) }
    }

    @Test func `what it accepts means the same when it is written again`() throws {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("ab=&+%2041[]$.;é".utf8)
        var accepted = 0
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            var fields = FormFields()
            do throws(FormError) { try fields.parse(text.raw) } catch { continue }
            accepted += 1
            var again: [UInt8] = []
            for index in 0..<fields.count {
                if index > 0 { again.append(UInt8(ascii: "&")) }
                for byte in fields.name(index).array { again += Self.escaped(byte) }
                again.append(UInt8(ascii: "="))
                for byte in fields.value(index).array { again += Self.escaped(byte) }
            }
            var second = FormFields()
            try second.parse(again.raw)
            let kept = (0..<fields.count).filter { _ in true }
            #expect(second.count == kept.count)
            for index in kept {
                #expect(second.name(index).array == fields.name(index).array)
                #expect(second.value(index).array == fields.value(index).array)
            }
        }
        #expect(accepted > 1_000)
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
