namespace Netcd.Server.Grpc;

/// <summary>
/// Bounds the memory of large headers of all requests under way over HTTP/2, where one connection carries many; what would exceed it is
/// refused.
/// </summary>
internal sealed class HeaderBudget
{
    /// <summary>
    /// Characters of headers that are not counted: few requests have more. What is counted must not be far above it, as a client can have
    /// tens of thousands of calls open that repeat, by a few bytes each, a header that it has sent once.
    /// </summary>
    public const int Small = 2 * 1024;

    /// <summary>Characters of headers of requests under way: 128 MiB in memory, enough for some sixty calls with the largest there may
    /// be.</summary>
    public const long Most = 64 * 1024 * 1024;

    private long taken;

    /// <summary>Makes room for a request's headers; false where there is none.</summary>
    public bool TryTake(long characters)
    {
        if (Interlocked.Add(ref taken, characters) <= Most)
        {
            return true;
        }

        Return(characters);
        return false;
    }

    /// <summary>Gives the room back.</summary>
    public void Return(long characters) => Interlocked.Add(ref taken, -characters);
}
