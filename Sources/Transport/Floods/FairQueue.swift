/// A bounded queue with a line for each key, served in turns: who sends much waits behind himself.
///
/// When it is full, the key with the longest line loses its newest element, which may be the one
/// that just came.
struct FairQueue<Key: Hashable, Element> {
    private var lines: [Key: [Element]] = [:]
    /// Keys with a line, in the order of their turns.
    private var turns: [Key] = []
    private var next = 0
    /// How many lines there are of each length.
    private var lengths: [Int]
    private var longest = 0
    private(set) var count = 0
    let capacity: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
        lengths = Array(repeating: 0, count: self.capacity + 2)
    }

    var isEmpty: Bool { count == 0 }

    /// Adds an element; returns the one that lost its place for it.
    mutating func push(_ element: Element, for key: Key) -> Element? {
        guard count >= capacity else {
            append(element, key)
            return nil
        }
        let own = lines[key]?.count ?? 0
        guard own + 1 < longest,
            let victim = lines.first(where: { $0.value.count == longest })?.key
        else { return element }
        let lost = lines[victim]?.popLast()
        noteLength(longest, becomes: longest - 1)
        count -= 1
        append(element, key)
        return lost
    }

    private mutating func append(_ element: Element, _ key: Key) {
        let length = lines[key]?.count ?? 0
        if length == 0 { turns.append(key) }
        lines[key, default: []].append(element)
        noteLength(length, becomes: length + 1)
        count += 1
    }

    /// Takes the oldest element of the key whose turn it is.
    mutating func pop() -> Element? { popWithKey()?.0 }

    mutating func popWithKey() -> (Element, Key)? {
        while next < turns.count {
            let key = turns[next]
            next += 1
            guard var line = lines.removeValue(forKey: key), !line.isEmpty else { continue }
            let element = line.removeFirst()
            noteLength(line.count + 1, becomes: line.count)
            count -= 1
            if !line.isEmpty {
                lines[key] = line
                turns.append(key)
            }
            compact()
            return (element, key)
        }
        return nil
    }

    /// Forgets turns that are over.
    private mutating func compact() {
        guard next >= 64, next * 2 >= turns.count else { return }
        turns.removeFirst(next)
        next = 0
    }

    private mutating func noteLength(_ old: Int, becomes new: Int) {
        if old > 0 { lengths[old] -= 1 }
        if new > 0 { lengths[new] += 1 }
        longest = max(longest, new)
        while longest > 0, lengths[longest] == 0 { longest -= 1 }
    }
}
