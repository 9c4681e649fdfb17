import CPCRE2
import GatehouseCore
import Synchronization

/// A compiled pattern of the engine.
// @unchecked: the engine reads compiled code and never writes to it (pcre2api, "Multithreading").
// What a match writes to is the caller's scratch.
@safe final class PatternProgram: @unchecked Sendable {
    let code: OpaquePointer

    /// Most bytes of compiled code's source.
    private static let sourceMax = 1 << 17

    init(_ source: String, ignoresCase: Bool) throws(PatternError) {
        guard source.utf8.count <= Self.sourceMax else {
            throw PatternError(reason: .tooLarge, offset: 0)
        }
        let options =
            PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_MATCH_UNSET_BACKREF
            | (ignoresCase ? PCRE2_CASELESS : 0)
        var number: Int32 = 0
        var offset = 0
        let bytes = Array(source.utf8)
        let code = unsafe pcre2_compile_8(bytes, bytes.count, options, &number, &offset, nil)
        guard let code = unsafe code else { throw Self.error(number) }
        unsafe self.code = code
        // Without it, as where the system forbids executable memory, the interpreter runs.
        _ = unsafe pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE)
    }

    deinit { unsafe pcre2_code_free_8(code) }

    /// Memory of the code, byte code and machine code.
    var byteCount: Int {
        var (size, machine) = (0, 0)
        _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_SIZE), &size)
        _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_JITSIZE), &machine)
        return size + machine
    }

    private static func error(_ number: Int32) -> PatternError {
        let reason: PatternError.Reason =
            switch number {
            case PCRE2_ERROR_UNKNOWN_UNICODE_PROPERTY, PCRE2_ERROR_MALFORMED_UNICODE_PROPERTY:
                .unknownProperty
            case PCRE2_ERROR_PATTERN_TOO_LARGE, PCRE2_ERROR_QUANTIFIER_TOO_BIG: .tooLarge
            default: .unsupported
            }
        // The offset would be one in the translation.
        return PatternError(reason: reason, offset: 0)
    }

    func match(
        _ subject: RawSpan, _ scratch: PatternScratch, stepsMax: Int
    ) -> Pattern.Verdict {
        let options = subject.isASCII ? PCRE2_NO_UTF_CHECK : 0
        unsafe pcre2_set_match_limit_8(scratch.context, UInt32(clamping: stepsMax))
        let answer = unsafe subject.withUnsafeBytes { bytes in
            unsafe pcre2_match_8(
                code,
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    ?? scratch.nothing, bytes.count, 0, options, scratch.data, scratch.context)
        }
        if answer >= 0 { return .matches }
        switch answer {
        case PCRE2_ERROR_NOMATCH: return .differs
        // -3 to -22: not UTF-8.
        case PCRE2_ERROR_UTF8_ERR21...PCRE2_ERROR_UTF8_ERR1: return .differs
        default: return .tooExpensive
        }
    }
}

/// What one match at a time writes to.
// @unchecked: one caller owns it at a time, and the pool's lock hands it over.
@safe final class PatternScratch: @unchecked Sendable {
    fileprivate let data: OpaquePointer
    fileprivate let context: OpaquePointer
    private let stack: OpaquePointer
    fileprivate let nothing: UnsafePointer<UInt8>

    private static let pool = Mutex<[PatternScratch]>([])
    /// Most that are kept for later.
    private static let keptMax = 16
    /// Memory of one match: the machine code's stack, of which a repeated group takes up to 32
    /// bytes for each character of a subject, and KiB of the interpreter's heap.
    private static let stackBytes = (first: 32 << 10, most: 2 << 20)
    private static let heapMax: UInt32 = 8 << 10

    init() {
        // These fail only without memory, where Swift itself stops.
        guard let data = unsafe pcre2_match_data_create_8(1, nil),
            let context = unsafe pcre2_match_context_create_8(nil),
            let stack = unsafe pcre2_jit_stack_create_8(
                Self.stackBytes.first, Self.stackBytes.most, nil)
        else { preconditionFailure("out of memory") }
        unsafe pcre2_set_heap_limit_8(context, Self.heapMax)
        unsafe pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack))
        unsafe self.data = data
        unsafe self.context = context
        unsafe self.stack = stack
        let empty = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
        unsafe empty.initialize(to: 0)
        unsafe nothing = UnsafePointer(empty)
    }

    deinit {
        unsafe nothing.deallocate()
        unsafe pcre2_match_context_free_8(context)
        unsafe pcre2_match_data_free_8(data)
        unsafe pcre2_jit_stack_free_8(stack)
    }

    static func take() -> PatternScratch { pool.withLock { $0.popLast() } ?? PatternScratch() }

    static func give(_ scratch: PatternScratch) {
        pool.withLock { if $0.count < keptMax { $0.append(scratch) } }
    }
}

extension RawSpan {
    /// Whether no byte is over 0x7F.
    var isASCII: Bool {
        var index = 0
        while index &+ 8 <= byteCount {
            if word(index) & 0x8080_8080_8080_8080 != 0 { return false }
            index &+= 8
        }
        while index < byteCount {
            if byte(index) >= 0x80 { return false }
            index &+= 1
        }
        return true
    }
}
