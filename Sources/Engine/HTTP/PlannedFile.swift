// A file that is the body of an answer of our own, as shards use it.

internal import Config

/// Bytes that stay where they are until `destroy`. No file where the content type is empty.
struct PlannedFile: BitwiseCopyable {
    let bytes: UnsafeRawBufferPointer
    let contentType: PlannedName

    init(_ file: StaticFile?) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: file?.bytes.count ?? 0, alignment: 1)
        if let file { memory.copyBytes(from: file.bytes) }
        bytes = UnsafeRawBufferPointer(memory)
        contentType = PlannedName(file?.contentType ?? "")
    }

    var exists: Bool { !contentType.bytes.isEmpty }

    func destroy() {
        bytes.deallocate()
        contentType.destroy()
    }
}
