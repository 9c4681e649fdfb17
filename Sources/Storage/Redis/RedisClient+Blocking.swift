extension RedisClient {
    /// Runs a script by its name, and by its text where Redis does not know it, while the calling
    /// thread, which must be no loop's, waits.
    /// - Parameter fill: appends the number of keys, keys, and arguments.
    package func wait(
        running script: RedisScript, _ fill: (inout RedisCommand) -> Void
    ) throws(RedisError) -> RedisReply {
        var command = RedisCommand("EVALSHA", room: 256)
        command.append(script.name)
        fill(&command)
        do throws(RedisError) { return try wait(for: command) } catch {
            guard error == .refused("NOSCRIPT") else { throw error }
        }
        var whole = RedisCommand("EVAL", room: 256 + script.source.utf8.count)
        whole.append(script.source)
        fill(&whole)
        return try wait(for: whole)
    }
}
