namespace Netcd.Testing.Disk;

/// <summary>What an operation of a <see cref="SimulatedDisk"/> does.</summary>
public enum SimulatedDiskOperationKind
{
    /// <summary>A file's name appears in its directory.</summary>
    CreateFile,

    /// <summary>A directory is made, durably.</summary>
    CreateDirectory,

    /// <summary>A file's name changes.</summary>
    Rename,

    /// <summary>A file's name disappears.</summary>
    Delete,

    /// <summary>The names in a directory become durable.</summary>
    FlushDirectory,

    /// <summary>Bytes are written.</summary>
    Write,

    /// <summary>A file is cut or extended with zeros.</summary>
    SetLength,

    /// <summary>All that was written to a file becomes durable.</summary>
    Flush,

    /// <summary>A flush was refused: what it should have made durable may be lost for ever, whatever is flushed later.</summary>
    FailedFlush,

    /// <summary>A stored byte rots.</summary>
    FlipBits,
}

/// <summary>One operation of a <see cref="SimulatedDisk"/>, as its log keeps it.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Path">The file or directory that it was asked for; the old name of a rename.</param>
public sealed record SimulatedDiskOperation(SimulatedDiskOperationKind Kind, string Path)
{
    /// <summary>The new name of a rename.</summary>
    public string? Target { get; init; }

    /// <summary>Where a write or a rotten byte begins, in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>The new length, in bytes, of a <see cref="SimulatedDiskOperationKind.SetLength"/>.</summary>
    public long Length { get; init; }

    /// <summary>The bytes of a write; the mask of a <see cref="SimulatedDiskOperationKind.FlipBits"/>.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The file itself, whatever its name.</summary>
    internal int FileId { get; init; } = -1;

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        SimulatedDiskOperationKind.Write => $"write {Path} [{Offset}, {Offset + Data.Length})",
        SimulatedDiskOperationKind.SetLength => $"length {Path} {Length}",
        SimulatedDiskOperationKind.Rename => $"rename {Path} {Target}",
        _ => $"{Kind} {Path}",
    };
}
