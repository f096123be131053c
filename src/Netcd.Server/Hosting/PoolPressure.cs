namespace Netcd.Server.Hosting;

/// <summary>
/// Whether much work waits for the thread pool that clients and members share. Then clients' connections are read in small pieces, each
/// behind what waits already, so that what members send waits for a few milliseconds of clients' work, however much of that comes in.
/// </summary>
/// <remarks>Hot path: asked for each read of a client's connection, so it looks at the pool once a millisecond, or once for many
/// calls.</remarks>
internal static class PoolPressure
{
    /// <summary>Work items that may wait: some ten milliseconds of work for two cores.</summary>
    private const int Tolerated = 512;

    /// <summary>Calls that are let in between two looks.</summary>
    private const int CallsPerLook = 256;

    // Written by several threads without a lock: a look more or less does no harm.
    private static long lastLook;
    private static int calls;
    private static bool isHigh;

    /// <summary>Whether it is high.</summary>
    /// <param name="opened">Calls that the asking connection has let in since it last asked.</param>
    public static bool IsHigh(int opened)
    {
        calls += opened;
        long now = Environment.TickCount64;
        if (now != lastLook || calls >= CallsPerLook)
        {
            lastLook = now;
            calls = 0;
            isHigh = ThreadPool.PendingWorkItemCount > Tolerated;
        }

        return isHigh;
    }
}
