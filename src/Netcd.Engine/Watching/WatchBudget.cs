namespace Netcd.Engine.Watching;

/// <summary>Bytes that wait for the clients of all streams together.</summary>
internal sealed class WatchBudget(long most)
{
    private long bytes;

    /// <summary>How many wait now.</summary>
    public long Bytes => Volatile.Read(ref bytes);

    public bool HasRoom(long more) => Volatile.Read(ref bytes) + more <= most;

    public void Take(long more) => Interlocked.Add(ref bytes, more);

    public void Return(long less) => Interlocked.Add(ref bytes, -less);
}
