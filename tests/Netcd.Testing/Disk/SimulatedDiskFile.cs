using Netcd.Storage.Disk;

namespace Netcd.Testing.Disk;

/// <summary>An open file of a <see cref="SimulatedDisk"/>.</summary>
internal sealed class SimulatedDiskFile(
    SimulatedDisk disk, SimulatedDiskContent content, int id, string path, bool isReadOnly, bool holdsLock) : IDiskFile
{
    private readonly int process = disk.Process;
    private bool isClosed;

    public string Path { get; } = path;

    public long Length
    {
        get
        {
            lock (content)
            {
                return content.Length;
            }
        }
    }

    public int ReadAt(long offset, Span<byte> buffer)
    {
        RequireOpen();
        if (disk.ReadFault?.Invoke(Path) is { } failure)
        {
            throw failure;
        }

        lock (content)
        {
            return content.Read(offset, buffer);
        }
    }

    public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        RequireWritable();
        disk.Write(content, Operation(SimulatedDiskOperationKind.Write) with { Offset = offset, Data = bytes.ToArray() });
    }

    public void WriteAt(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        byte[] joined = new byte[buffers.Sum(static b => b.Length)];
        int done = 0;
        foreach (ReadOnlyMemory<byte> buffer in buffers)
        {
            buffer.Span.CopyTo(joined.AsSpan(done));
            done += buffer.Length;
        }

        RequireWritable();
        disk.Write(content, Operation(SimulatedDiskOperationKind.Write) with { Offset = offset, Data = joined });
    }

    public void SetLength(long length)
    {
        RequireWritable();
        disk.SetLength(content, Operation(SimulatedDiskOperationKind.SetLength) with { Length = length }, reserve: false);
    }

    public void Preallocate(long length)
    {
        RequireWritable();
        disk.SetLength(content, Operation(SimulatedDiskOperationKind.SetLength) with { Length = length }, reserve: true);
    }

    public void Flush()
    {
        RequireOpen();
        disk.Flush(Operation(SimulatedDiskOperationKind.Flush));
    }

    public IDiskMapping Map(long length)
    {
        RequireOpen();
        lock (content)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(length, content.Length);
            return content.Map(length);
        }
    }

    public void Dispose()
    {
        if (!isClosed)
        {
            isClosed = true;
            if (holdsLock && process == disk.Process)
            {
                content.IsLocked = false;
            }
        }
    }

    private SimulatedDiskOperation Operation(SimulatedDiskOperationKind kind) => new(kind, Path) { FileId = id };

    private void RequireOpen()
    {
        ObjectDisposedException.ThrowIf(isClosed, this);
        if (process != disk.Process)
        {
            throw new IOException($"{Path} was opened by a process that is gone");
        }
    }

    private void RequireWritable()
    {
        RequireOpen();
        if (isReadOnly)
        {
            throw new IOException($"{Path} is open for reading alone");
        }
    }
}
