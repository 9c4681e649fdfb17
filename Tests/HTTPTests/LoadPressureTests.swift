import GatehouseCore
import Testing

@testable import GatehouseHTTP

@Suite struct LoadPressureTests {
    /// Samples every 50 ms, as a loop does, with one lag each.
    private func run(
        _ pressure: inout LoadPressure, from start: inout Int64, seconds: Int64, lag: Duration
    ) {
        for _ in 0..<seconds * 20 {
            pressure.sample(lag: lag, at: MonotonicTime(nanoseconds: start * 1_000_000))
            start += 50
        }
    }

    private func pressure() -> LoadPressure {
        LoadPressure(target: .milliseconds(100), interval: .seconds(1))
    }

    @Test func `a burst that is over within the interval sheds nobody`() {
        var pressure = pressure()
        var now: Int64 = 0
        for _ in 0..<60 {
            pressure.sample(lag: .seconds(5), at: MonotonicTime(nanoseconds: now * 1_000_000))
            now += 450
            pressure.sample(lag: .zero, at: MonotonicTime(nanoseconds: now * 1_000_000))
            now += 450
        }
        #expect(pressure.level == 0)
    }

    @Test func `a standing lag sheds more with each interval, up to everybody, and no further`() {
        var pressure = pressure()
        var now: Int64 = 0
        run(&pressure, from: &now, seconds: 3, lag: .milliseconds(150))
        let early = pressure.level
        #expect(early > 0 && early < LoadPressure.full)
        run(&pressure, from: &now, seconds: 60, lag: .milliseconds(150))
        #expect(pressure.level == 2 * LoadPressure.full)
    }

    @Test func `a longer lag is answered faster`() {
        var (mild, severe) = (pressure(), pressure())
        var (first, second): (Int64, Int64) = (0, 0)
        run(&mild, from: &first, seconds: 4, lag: .milliseconds(110))
        run(&severe, from: &second, seconds: 4, lag: .milliseconds(900))
        #expect(severe.level >= 3 * mild.level)
    }

    @Test func `it stops where all anonymous callers are shed, to see whether that helps`() {
        var pressure = pressure()
        var now: Int64 = 0
        while pressure.level < LoadPressure.full {
            run(&pressure, from: &now, seconds: 1, lag: .seconds(1))
            #expect(pressure.level <= LoadPressure.full)
        }
        #expect(pressure.level == LoadPressure.full)
    }

    @Test func `it lets go within seconds once the lag is gone`() {
        var pressure = pressure()
        var now: Int64 = 0
        run(&pressure, from: &now, seconds: 60, lag: .seconds(1))
        run(&pressure, from: &now, seconds: 7, lag: .milliseconds(1))
        #expect(pressure.level == 0)
    }

    @Test func `anonymous callers go first, signed-in ones only when those are all refused`() {
        let load = LoopLoad()
        load.configure(target: .milliseconds(100), interval: .seconds(1))
        var now: Int64 = 0
        func feed(_ seconds: Int64, _ lag: Duration) {
            for _ in 0..<seconds * 20 {
                _ = load.sample(lag: lag, at: MonotonicTime(nanoseconds: now * 1_000_000))
                now += 50
            }
        }
        func shed(_ signedIn: Bool) -> Int {
            (0..<1_024).count { _ in load.sheds(signedIn: signedIn) }
        }
        #expect(shed(false) == 0 && shed(true) == 0)
        feed(5, .milliseconds(150))
        let share = load.pressure.level
        #expect((1..<LoadPressure.full).contains(share))
        #expect(abs(shed(false) - share) <= 1)
        #expect(shed(true) == 0)
        while load.pressure.level < LoadPressure.full + 200 { feed(1, .milliseconds(150)) }
        #expect(shed(false) == 1_024)
        #expect((1..<1_024).contains(shed(true)))
    }
}
