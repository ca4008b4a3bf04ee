// How often things go wrong in a simulated world, in times of a thousand.

struct Faults {
    // Bytes.
    var partialReceive = 0
    var partialSend = 0
    var partialTransfer = 0
    /// A send finds a full socket that a poll then reports to have room.
    var seemsFull = 0
    /// The header for a server does not fit its socket.
    var shortIntroduction = 0
    /// -EINTR from receives, sends and splices.
    var interrupted = 0

    // Operations.
    /// A multishot operation ends though it could go on.
    var endsMultishot = 0
    /// A cancelled operation does its work first.
    var cancelLoses = 0
    var spuriousPoll = 0
    /// The submission queue is full, and is handed over in the middle of a turn.
    var fullQueue = 0
    /// A message that another ring does not take.
    var messageRefused = 0
    /// More happens before a woken shard runs.
    var lateWake = 0

    // Resources.
    var acceptFails = 0
    var socketFails = 0
    var pipeFails = 0
    var smallPipe = 0
    var shortSplice = 0
    /// Sockets that do not splice.
    var unspliceable = 0
}
