using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Configuration;

/// <summary>
/// Which lines of the log are written, so that nobody can fill the disk by what is logged of him: of those that a level has of one
/// message the first hundred in a second, then each hundredth. etcd samples its log alike.
/// </summary>
/// <param name="clock">The time.</param>
internal sealed class LogSampling(TimeProvider clock)
{
    private const int Initial = 100;
    private const int Thereafter = 100;

    /// <summary>Its entries are the messages that stand in the source, whatever the values in them.</summary>
    private readonly ConcurrentDictionary<Line, Counter> counters = new();

    /// <summary>Whether a line is to be written.</summary>
    /// <param name="level">Its level.</param>
    /// <param name="template">Its message, without the values.</param>
    public bool Takes(LogLevel level, string template)
    {
        Counter counter = counters.GetOrAdd(new Line(level, template), static _ => new Counter());
        long count = counter.Next(clock.GetTimestamp(), clock.TimestampFrequency);
        return count <= Initial || (count - Initial) % Thereafter == 0;
    }

    private sealed record Line(LogLevel Level, string Template);

    private sealed class Counter
    {
        private readonly Lock gate = new();
        private long count;
        private long end = long.MinValue;

        /// <summary>Counts one more in the second that runs, or begins another.</summary>
        public long Next(long now, long second)
        {
            lock (gate)
            {
                if (now >= end)
                {
                    (count, end) = (0, now + second);
                }

                return ++count;
            }
        }
    }
}
