using System.Diagnostics;

namespace Netcd.Load;

/// <summary>Waits that end.</summary>
internal static class Deadlines
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <exception cref="UsageException">It did not become so within five minutes.</exception>
    public static async Task UntilAsync(Func<bool> isSo, string otherwise)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline)
            {
                throw new UsageException(otherwise);
            }

            await Task.Delay(1);
        }
    }
}
