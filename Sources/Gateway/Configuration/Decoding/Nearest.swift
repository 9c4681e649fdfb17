/// Finds the spelling that was probably meant.
package enum Nearest {
    /// The candidate closest to `text`, if it is close enough to be a slip.
    package static func match(_ text: String, in candidates: [String]) -> String? {
        let allowed = max(1, min(3, text.unicodeScalars.count / 3))
        var best: (distance: Int, candidate: String)?
        for candidate in candidates where candidate != text {
            let distance = distance(text.lowercased(), candidate.lowercased())
            if distance <= allowed, distance < best?.distance ?? .max {
                best = (distance, candidate)
            }
        }
        return best?.candidate
    }

    /// Damerau–Levenshtein distance (optimal string alignment): insertions, deletions, replacements
    /// and swaps of neighbours each cost one. Texts are cut at 64 scalars.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.unicodeScalars.prefix(64))
        let right = Array(right.unicodeScalars.prefix(64))
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in 1...left.count {
            var row = [i]
            for j in 1...right.count {
                let cost = left[i - 1] == right[j - 1] ? 0 : 1
                var value = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    value = min(value, beforeLast[j - 2] + 1)
                }
                row.append(value)
            }
            (beforeLast, last) = (last, row)
        }
        return last[right.count]
    }
}
