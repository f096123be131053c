namespace Netcd.Storage.Wal;

/// <summary>
/// A write or a flush of the log failed earlier. What is on the disk is unknown from then on, so nothing is retried and
/// nothing more may be acknowledged: the process stops.
/// </summary>
public sealed class WalFailedException(Exception cause) : IOException("the write-ahead log failed: " + cause.Message, cause);
