// Memory straight from the kernel: reserved at once, present only where it has been touched.
// Knows pages. Knows nothing of what is kept in them.

internal import Glibc

enum Pages {
    /// Address space for `bytes`, zeroed, none of it present until it is touched (MAP_NORESERVE).
    /// It is reserved at start only, so running out here is a fault of the machine, not a state.
    static func reserve<Element: ~Copyable>(_ count: Int, of type: Element.Type) -> UnsafeMutablePointer<Element> {
        let bytes = max(count, 1) * MemoryLayout<Element>.stride
        let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        precondition(memory != MAP_FAILED, "the kernel reserves \(bytes) bytes of address space")
        return memory!.bindMemory(to: Element.self, capacity: count)
    }

    /// Gives back what `reserve` took with the same count and type.
    static func release<Element: ~Copyable>(_ memory: UnsafeMutablePointer<Element>, count: Int) {
        munmap(memory, max(count, 1) * MemoryLayout<Element>.stride)
    }
}
