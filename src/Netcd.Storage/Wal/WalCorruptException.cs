namespace Netcd.Storage.Wal;

/// <summary>The log holds something that no crash leaves behind: it must not be opened, for acknowledged entries may be gone.</summary>
public sealed class WalCorruptException(string file, long offset, string reason)
    : IOException($"{file}: corrupt at offset {offset}: {reason}")
{
    /// <summary>The segment (or the directory, where a segment is missing).</summary>
    public string File { get; } = file;

    /// <summary>The offset in bytes of the record that is wrong.</summary>
    public long Offset { get; } = offset;

    /// <summary>What is wrong with it.</summary>
    public string Reason { get; } = reason;
}
