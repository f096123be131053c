using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Checking;

namespace Netcd.Tools.Tests.Ctl;

/// <summary>A check of speed passes and fails by etcdctl's rules, and says so in its words.</summary>
public sealed class PerfVerdictTests
{
    [Fact]
    public void More_than_nine_tenths_of_the_rate_and_quick_puts_pass() => Assert.Equal(
        (true, "PASS: Throughput is 4 writes/s\nPASS: Slowest request took 0.300000s\nPASS: Stddev is 0.081650s\nPASS\n"),
        Verdict(Of(1, 0.1, 0.2, 0.3), 3));

    [Fact]
    public void Nine_tenths_themselves_are_too_few() =>
        Assert.StartsWith("FAIL: Throughput too low: 10 writes/s\n", Verdict(Of(1, [.. Enumerable.Repeat(0.01, 9)]), 10).Text);

    [Fact]
    public void One_slow_put_fails() => Assert.Equal(
        (false, "PASS: Throughput is 3 writes/s\nSlowest request took too long: 0.600000s\nStddev too high: 0.250000s\nFAIL\n"),
        Verdict(Of(1, 0.1, 0.6), 2));

    [Fact]
    public void Failures_are_counted_by_what_they_say()
    {
        PutLoadResult result = Of(1, 0.1);
        result.AddFailure("etcdserver: too many requests");
        result.AddFailure("etcdserver: too many requests");
        (bool isWell, string text) = Verdict(result, 1);
        Assert.False(isWell);
        Assert.StartsWith("FAIL: too many errors\nFAIL: ERROR(etcdserver: too many requests) -> 2\nPASS: Throughput is 2 writes/s\n", text);
        Assert.EndsWith("\nFAIL\n", text);
        Assert.Equal(3, result.Ended);
    }

    [Fact]
    public void Where_nothing_was_put_the_rate_alone_is_too_low() => Assert.Equal(
        (false, "FAIL: Throughput too low: 1 writes/s\nPASS: Slowest request took 0.000000s\nPASS: Stddev is NaNs\nFAIL\n"),
        Verdict(Of(1), 10));

    [Theory]
    [InlineData("s", 50, 150, 10_000)]
    [InlineData("large", 500, 8000, 1_000_000)]
    [InlineData("xLarge", 1000, 15_000, 3_000_000)]
    public void Loads_are_etcdctls(string name, int clients, int rate, int pairs) =>
        Assert.Equal(new CheckLoad(clients, rate, TimeSpan.FromSeconds(60), pairs), CheckLoad.Of(name));

    [Fact]
    public void A_load_that_there_is_not_is_refused() =>
        Assert.Equal("unknown load option XL", Assert.Throws<CommandFailure>(() => CheckLoad.Of("XL")).Message);

    private static PutLoadResult Of(double total, params double[] seconds)
    {
        PutLoadResult result = new() { Total = TimeSpan.FromSeconds(total) };
        Array.ForEach(seconds, took => result.Add(TimeSpan.FromSeconds(took)));
        return result;
    }

    private static (bool IsWell, string Text) Verdict(PutLoadResult result, int rate)
    {
        using StringWriter output = new() { NewLine = "\n" };
        return (PerfVerdict.Write(output, result, rate), output.ToString());
    }
}
