import GatehouseCore
import Glibc

/// What the kernel says about this process; nil where it does not say.
struct ProcessFigures {
    /// Bytes of memory in use.
    let residentBytes: Int?
    /// Descriptors in use.
    let openDescriptors: Int?
    /// Most descriptors.
    let descriptorsMax: Int?
    /// CPU time, user and system.
    let cpuNanoseconds: Int

    init() {
        residentBytes = Self.resident()
        openDescriptors = Self.descriptors()
        var limit = rlimit()
        let code = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        descriptorsMax = code == 0 ? Int(clamping: limit.rlim_cur) : nil
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        cpuNanoseconds = time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// Second number of `/proc/self/statm`, in pages.
    private static func resident() -> Int? {
        let descriptor = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let fields = bytes[..<count].split(separator: 0x20)
        guard fields.count > 1 else { return nil }
        return Int(String(decoding: fields[1], as: UTF8.self)).map {
            $0 * sysconf(Int32(_SC_PAGESIZE))
        }
    }

    /// Entries of `/proc/self/fd`, without the one that reading it takes.
    private static func descriptors() -> Int? {
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var count = -1
        while let entry = unsafe readdir(directory) {
            if unsafe entry.pointee.d_name.0 != 0x2E { count += 1 }
        }
        return count
    }
}
