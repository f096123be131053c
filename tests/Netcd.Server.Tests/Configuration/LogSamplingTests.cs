using Microsoft.Extensions.Logging;
using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

/// <summary>Which lines of the log are written (M7).</summary>
public sealed class LogSamplingTests
{
    [Fact]
    public void M7_of_a_message_the_first_hundred_in_a_second_are_written_and_each_hundredth_of_the_others()
    {
        StoppedClock clock = new();
        LogSampling sampling = new(clock);
        bool[] taken = [.. Enumerable.Range(0, 1_000).Select(_ => sampling.Takes(LogLevel.Warning, "rejected {Who}"))];
        Assert.Equal(109, taken.Count(static written => written));
        Assert.All(taken[..100], static written => Assert.True(written));
        Assert.Equal([199, 299], Enumerable.Range(100, 200).Where(n => taken[n]));

        Assert.True(sampling.Takes(LogLevel.Error, "rejected {Who}"));
        Assert.True(sampling.Takes(LogLevel.Warning, "another"));
        Assert.False(sampling.Takes(LogLevel.Warning, "rejected {Who}"));
        clock.Now += clock.TimestampFrequency;
        Assert.True(sampling.Takes(LogLevel.Warning, "rejected {Who}"));
    }

    [Fact]
    public void M7_lines_that_differ_in_their_values_alone_are_alike()
    {
        using StringWriter output = new() { NewLine = "\n" };
        using (ILoggerFactory logging = LogOutput.Create(new LogLevelSwitch(LogLevel.Information), default, output))
        {
            ILogger log = logging.CreateLogger("netcd");
            for (int n = 0; n < 5_000; n++)
            {
                log.LogWarning("rejected connection from {Port}", n);
            }
        }

        Assert.InRange(output.ToString().Split('\n').Length, 101, 2_500);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public long Now { get; set; } = 12_345;

        public override long GetTimestamp() => Now;
    }
}
