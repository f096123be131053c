using System.Diagnostics;

namespace Netcd.Fuzzing.Tests;

/// <summary>Every parser meets the inputs that are kept, and some thousands that nobody has made with care.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Seed = 20;
    private const int Inputs = 3_000;

    // The number of inputs is what is promised; a slow machine may do with fewer.
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(6);

    /// <summary>For a target that is a server: there are many, and each waits for answers.</summary>
    private static readonly TimeSpan MostOfServer = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_input_is_accepted_or_refused_as_the_parser_promises(string name)
    {
        using IFuzzTarget target = FuzzTargets.Make(name)!;
        Fuzzer fuzzer = new(target);
        Finding? finding = fuzzer.RunCorpus();
        Assert.True(finding is null, finding?.ToString());
        Assert.True(fuzzer.Accepted > 0, "no valid input is accepted: the target tests nothing");

        TimeSpan most = FuzzTargets.OfServers.Contains(name) ? MostOfServer : Most;
        Stopwatch watch = Stopwatch.StartNew();
        finding = fuzzer.Run(
            Seed, inputs => inputs >= Inputs || (watch.Elapsed > most && fuzzer.Accepted < fuzzer.Inputs));
        Assert.True(finding is null, finding?.ToString());
        Assert.True(fuzzer.Accepted < fuzzer.Inputs, "nothing is refused: the target tests nothing");
        output.WriteLine($"{fuzzer.Inputs} inputs, {fuzzer.Accepted} accepted");
    }

    [Fact]
    public void Every_target_has_inputs_that_are_kept()
    {
        foreach (string name in FuzzTargets.Names)
        {
            Assert.True(Corpus.Of(name).Count > 1, $"nothing is kept for {name}");
        }

        Assert.Empty(Corpus.Names.Except(FuzzTargets.Names));
    }

    [Fact]
    public void A_parser_that_throws_what_it_does_not_promise_is_found()
    {
        using Careless careless = new();
        Finding? finding = new Fuzzer(careless).Run(Seed, static inputs => inputs >= Inputs);
        Assert.NotNull(finding);
        Assert.Contains(nameof(IndexOutOfRangeException), finding.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parser_that_believes_a_length_is_found()
    {
        using Trusting trusting = new();
        Finding? finding = new Fuzzer(trusting).Run(Seed, static inputs => inputs >= Inputs);
        Assert.NotNull(finding);
        Assert.Contains("allocated", finding.Problem, StringComparison.Ordinal);
    }

    private sealed class Careless : IFuzzTarget
    {
        public string Name => "careless";

        public IReadOnlyList<byte[]> Seeds { get; } = [[2, 7, 7]];

        public Verdict Run(byte[] input) => input[input[0]] == 7 ? Verdict.Accepted : Verdict.Refused;

        public void Dispose()
        {
        }
    }

    private sealed class Trusting : IFuzzTarget
    {
        public string Name => "trusting";

        public IReadOnlyList<byte[]> Seeds { get; } = [[1, 0, 0, 0]];

        public Verdict Run(byte[] input)
        {
            int length = input.Length < 4 ? 0 : Math.Abs(BitConverter.ToInt32(input) % (1 << 30));
            return new byte[length].Length == length ? Verdict.Accepted : Verdict.Refused;
        }

        public void Dispose()
        {
        }
    }
}
