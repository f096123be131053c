using Netcd.Storage.Disk;

namespace Netcd.Storage.Bolt;

/// <summary>A mapping shared by the snapshots that were taken on it: unmapped when the last is gone.</summary>
internal sealed unsafe class BoltMapping(IDiskMapping mapping)
{
    private int references = 1;

    public byte* Pointer { get; } = mapping.Pointer;

    public long Length => mapping.Length;

    /// <summary>See <see cref="IDiskMapping.TryResize"/>.</summary>
    public bool TryResize(long length) => mapping.TryResize(length);

    public void AddReference() => Interlocked.Increment(ref references);

    public void Release()
    {
        if (Interlocked.Decrement(ref references) == 0)
        {
            mapping.Dispose();
        }
    }
}
