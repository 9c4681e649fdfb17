import CPCRE2
import GatehouseCore

extension PatternProgram {
    /// The places that the pattern matches from front to back, each with its groups, up to `most`
    /// of them; ends early where finding more is too expensive.
    func places(
        in subject: RawSpan, most: Int, stepsMax: Int
    ) -> [[Range<Int>?]] {
        guard let data = unsafe pcre2_match_data_create_from_pattern_8(code, nil),
            let context = unsafe pcre2_match_context_create_8(nil)
        else { return [] }
        defer {
            unsafe pcre2_match_data_free_8(data)
            unsafe pcre2_match_context_free_8(context)
        }
        unsafe pcre2_set_match_limit_8(context, UInt32(clamping: stepsMax))
        // The engine wants an address even for no bytes.
        let text = subject.array + [0]
        var found: [[Range<Int>?]] = []
        var start = 0
        while found.count < most, start < text.count {
            // Checked once: later starts are behind whole scalars.
            let options = start == 0 ? 0 : PCRE2_NO_UTF_CHECK
            let count = unsafe pcre2_match_8(
                code, text, text.count - 1, start, options, data, context)
            guard count > 0, let places = unsafe pcre2_get_ovector_pointer_8(data) else { break }
            let groups = (0..<Int(count)).map { index -> Range<Int>? in
                let (first, last) = unsafe (places[2 * index], places[2 * index + 1])
                return first <= last && last < text.count ? first..<last : nil
            }
            found.append(groups)
            guard let whole = groups[0] else { break }
            start = whole.upperBound
            if whole.isEmpty {
                start += 1
                while start < text.count - 1, text[start] & 0xC0 == 0x80 { start += 1 }
            }
        }
        return found
    }
}

extension Pattern {
    /// The places that it matches from front to back, each with its groups, up to `most` of them.
    func places(in subject: RawSpan, most: Int) -> [[Range<Int>?]] {
        guard subject.byteCount <= bytesMax else { return [] }
        return program.places(in: subject, most: most, stepsMax: stepsMax(subject.byteCount))
    }
}
