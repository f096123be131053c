using System.Diagnostics;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Tests;

/// <summary>Clusters of whole engines under faults of all kinds, by seed.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    private static readonly TimeSpan FreshSeedsFor = TimeSpan.FromSeconds(50);

    public static TheoryData<ulong> FixedSeeds => [.. Enumerable.Range(1, 24).Select(static seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void A_cluster_keeps_its_promises_under_faults(ulong seed) => Runs.Check(Runs.Of(seed) with { Focus = null });

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    public void An_order_of_all_operations_explains_every_answer(ulong seed) =>
        Runs.Check(Runs.Of(seed, members: 3) with { WithOrderSearch = true });

    /// <summary>Each run of the tests looks at seeds that nobody has seen; they are told, so that they can be seen again.</summary>
    [Fact]
    public void A_cluster_keeps_its_promises_under_faults_that_nobody_has_seen()
    {
        ulong first = (ulong)Random.Shared.NextInt64(1, 1_000_000_000) * 1_000;
        ulong seed = first;
        Stopwatch watch = Stopwatch.StartNew();
        for (; watch.Elapsed < FreshSeedsFor; seed++)
        {
            Runs.Check(Runs.Of(seed) with { Focus = null });
        }

        output.WriteLine($"fresh seeds {first} to {seed - 1}");
        TestContext.Current.SendDiagnosticMessage($"fresh seeds {first} to {seed - 1}");
        Assert.NotEqual(first, seed);
    }

    [Fact]
    public void A_seed_is_the_same_run_each_time()
    {
        for (ulong seed = 71; seed < 75; seed++)
        {
            SimulationResult first = SimulationRun.Run(Runs.Of(seed, virtualSeconds: 20));
            using StringWriter trace = new();
            SimulationResult second = SimulationRun.Run(Runs.Of(seed, virtualSeconds: 20) with { Trace = trace, WithEngineLog = true });
            Assert.Equal(first.TraceHash, second.TraceHash);
            Assert.Equal(first.Events, second.Events);
            Assert.Equal(first.Operations, second.Operations);
            Assert.NotEqual(0, trace.GetStringBuilder().Length);
        }
    }

    [Fact]
    public void Every_kind_of_fault_comes_and_writes_are_acknowledged_between_them()
    {
        const ulong First = 201;
        string[] kinds = Enum.GetNames<FaultKind>();
        HashSet<string> seen = [];
        // Some can come only where a member may be lost: a few seeds more until each has.
        for (ulong seed = First; seed < First + 8 || (kinds.Except(seen).Any() && seed < First + 30); seed++)
        {
            SimulationResult result = Runs.Check(Runs.Of(seed, members: 3, faults: Enum.GetValues<FaultKind>()));
            Assert.True(result.Acknowledged > 100, $"seed {seed}: only {result.Acknowledged} writes were acknowledged");
            Assert.True(result.HashComparisons > 20, $"seed {seed}: only {result.HashComparisons} stores were compared");
            seen.UnionWith(result.Faults.Keys);
        }

        Assert.Empty(kinds.Except(seen));
    }

    [Theory]
    [InlineData(nameof(RunFocus.StaleLeaders))]
    [InlineData(nameof(RunFocus.LostTails))]
    [InlineData(nameof(RunFocus.LogFiles))]
    [InlineData(nameof(RunFocus.Starts))]
    [InlineData(nameof(RunFocus.SlowApplies))]
    [InlineData(nameof(RunFocus.Defragmentation))]
    public void A_seed_is_the_same_run_each_time_whatever_it_is_bent_on(string focus)
    {
        SimulationOptions options = Runs.Of(75, virtualSeconds: 20) with { Focus = Enum.Parse<RunFocus>(focus) };
        SimulationResult first = SimulationRun.Run(options);
        using StringWriter trace = new();
        SimulationResult second = SimulationRun.Run(options with { Trace = trace });
        Assert.Equal(first.TraceHash, second.TraceHash);
        Assert.Equal(first.Events, second.Events);
        Assert.Contains(focus, first.Profile, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    public void Members_start_whatever_ended_the_lives_before(ulong seed)
    {
        SimulationResult result = Runs.Check(Runs.Of(seed, virtualSeconds: 60) with { Focus = RunFocus.Starts });
        Assert.True(result.Faults.GetValueOrDefault(nameof(FaultKind.CrashAtStart)) > 1, $"seed {seed}: hardly a start was ended");
    }

    [Theory]
    [InlineData(501)]
    [InlineData(502)]
    [InlineData(503)]
    public void Files_become_shorter_under_writes_and_crashes_and_keep_all_that_was_acknowledged(ulong seed)
    {
        SimulationResult result = Runs.Check(Runs.Of(seed, virtualSeconds: 60) with { Focus = RunFocus.Defragmentation });
        Assert.True(result.FilesShortened > 0, $"seed {seed}: no file became shorter");
    }

    [Theory]
    [InlineData(26)] // without a leader, a request was not given up at its deadline behind one that waits for longer
    [InlineData(3)]
    [InlineData(8)]
    public void Entries_that_take_seconds_to_apply_lose_no_leader_and_keep_nobody_beyond_their_deadline(ulong seed)
    {
        SimulationResult result = Runs.Check(Runs.Of(seed, virtualSeconds: 60) with { Focus = RunFocus.SlowApplies });
        Assert.True(result.Faults.GetValueOrDefault(nameof(FaultKind.SlowApply)) > 10, $"seed {seed}: hardly an entry was slow");
        Assert.Equal(1, result.Elections);
    }

    [Theory]
    [InlineData(7)] // a start found in memory what a failed flush had left there; then the power went
    [InlineData(5)]
    public void Members_start_with_all_that_they_acknowledged_where_flushes_fail(ulong seed)
    {
        HashSet<FaultKind> faults = [FaultKind.FlushError, FaultKind.PowerLoss, FaultKind.PowerLossAtWrite];
        SimulationResult result = Runs.Check(new SimulationOptions { Seed = seed, Faults = faults, Focus = RunFocus.Anything });
        Assert.True(result.Faults.GetValueOrDefault(nameof(FaultKind.FlushError)) > 4, $"seed {seed}: hardly a flush has failed");
    }

    // Seeds that have shown a fault once.
    [Theory]
    [InlineData(1036)] // a log's newest segment lost its name after its process was killed
    [InlineData(1056)] // the same; its term went with it
    public void Members_whose_process_is_killed_at_a_write_keep_what_their_successors_acknowledge(ulong seed) =>
        Runs.Check(Runs.Of(seed, members: 3, virtualSeconds: 30, FaultKind.ProcessKillAtWrite));

    [Theory]
    [InlineData(608538106000135)] // leader of one term in two lives: its own vote was not on its disk when the others' made it leader
    [InlineData(940472079063)] // a removal waited for a quorum that a member could not give any more that did not start
    [InlineData(37024947003)] // a learner waited for its promotion until a replacement was a member, which was to be a learner too
    public void Seeds_that_have_shown_a_fault_once_show_none_any_more(ulong seed) => Runs.Check(Runs.Of(seed));

    /// <summary>A leader sent the file from before the receiver's addition, was refused, and sent it again at once, for as long as it took
    /// until the next commit.</summary>
    [Theory]
    [InlineData(29)]
    [InlineData(31)]
    public void A_new_member_is_sent_no_snapshot_in_which_it_is_not_a_member(ulong seed) => Runs.Check(
        new SimulationOptions { Seed = seed, Faults = new HashSet<FaultKind> { FaultKind.MemberChange, FaultKind.Wipe } });

    [Fact]
    public void The_log_keeps_what_raft_does_not_know_as_applied_while_a_message_is_applied_in_pieces() =>
        Runs.Check(new SimulationOptions { Seed = 37528023000032, LeaseOwners = 4, Lockers = 4 });

    /// <summary>
    /// A start found entries applied that its log did not know as committed, and took a snapshot there: its marker did not count, and all
    /// markers before it were purged.
    /// </summary>
    [Fact]
    public void A_snapshot_at_a_start_leaves_a_log_that_the_next_start_can_open() =>
        Runs.Check(new SimulationOptions { Seed = 589934952000041, LeaseOwners = 4, Lockers = 4 });
}
