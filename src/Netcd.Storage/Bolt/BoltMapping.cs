using Netcd.Storage.Disk;

namespace Netcd.Storage.Bolt;

/// <summary>A mapping shared by the snapshots that were taken on it: unmapped when the last is gone.</summary>
internal sealed unsafe class BoltMapping(IDiskMapping mapping)
{
    private int references = 1;

    public byte* Pointer { get; } = mapping.Pointer;

    public long Length { get; } = mapping.Length;

    public void AddReference() => Interlocked.Increment(ref references);

    public void Release()
    {
        if (Interlocked.Decrement(ref references) == 0)
        {
            mapping.Dispose();
        }
    }
}
