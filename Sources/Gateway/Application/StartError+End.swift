import Glibc

extension StartError {
    /// Says on standard error why the program could not start, and ends it with exit code 1.
    ///
    /// For the end of `main.swift`, where an error that nobody catches is a crash.
    public func endProgram() -> Never {
        let text = Array("\(description)\n".utf8)
        _ = unsafe write(STDERR_FILENO, text, text.count)
        exit(1)
    }
}
