import CPCRE2
import GatehouseCore

extension PatternProgram {
    /// The first place from `start` on that the pattern matches, and its groups; nil if there is
    /// none or finding it is too expensive.
    func search(_ subject: RawSpan, from start: Int, stepsMax: Int) -> [Range<Int>?]? {
        guard let data = unsafe pcre2_match_data_create_from_pattern_8(code, nil),
            let context = unsafe pcre2_match_context_create_8(nil)
        else { return nil }
        defer {
            unsafe pcre2_match_data_free_8(data)
            unsafe pcre2_match_context_free_8(context)
        }
        unsafe pcre2_set_match_limit_8(context, UInt32(clamping: stepsMax))
        // The engine wants an address even for no bytes.
        let text = subject.array + [0]
        let count = unsafe pcre2_match_8(
            code, text, text.count - 1, start, 0, data, context)
        guard count > 0, let places = unsafe pcre2_get_ovector_pointer_8(data) else { return nil }
        return (0..<Int(count)).map { index in
            let (first, last) = unsafe (places[2 * index], places[2 * index + 1])
            return first <= last && last < text.count ? first..<last : nil
        }
    }
}

extension Pattern {
    /// The first place from `start` on that it matches, and its groups.
    func search(_ subject: RawSpan, from start: Int) -> [Range<Int>?]? {
        guard subject.byteCount <= bytesMax else { return nil }
        return program.search(subject, from: start, stepsMax: stepsMax(subject.byteCount))
    }
}
