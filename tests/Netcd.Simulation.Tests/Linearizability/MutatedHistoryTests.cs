using Netcd.Simulation.Checking.Linearizability;
using Netcd.Simulation.Histories;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Tests.Linearizability;

/// <summary>Legal histories pass, and one lie anywhere in them is found.</summary>
public sealed class MutatedHistoryTests
{
    private const int Seeds = 60;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_legal_history_passes(int atOnce)
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            LinearizabilityVerdict verdict = LinearizabilityChecker.Check(RandomHistory.Of(seed, atOnce));
            Assert.True(verdict.IsLinearizable, $"seed {seed}: {verdict.Fault}");
        }
    }

    [Theory]
    [InlineData(1, "value")]
    [InlineData(1, "mod_revision")]
    [InlineData(1, "create_revision")]
    [InlineData(1, "version")]
    [InlineData(1, "count")]
    [InlineData(1, "deleted")]
    [InlineData(4, "value")]
    [InlineData(4, "mod_revision")]
    [InlineData(4, "create_revision")]
    [InlineData(4, "version")]
    [InlineData(4, "count")]
    [InlineData(4, "deleted")]
    public void A_changed_field_is_found(int atOnce, string field) =>
        AllAreRejected(atOnce, (history, random) => Mutation.Change(history, field, random));

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Swapped_revisions_are_found(int atOnce) => AllAreRejected(atOnce, Mutation.SwapRevisions);

    private static void AllAreRejected(int atOnce, Func<History, SimulationRandom, History> mutate)
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            History mutated = mutate(RandomHistory.Of(seed, atOnce), new SimulationRandom(seed).Branch("mutation"));
            LinearizabilityVerdict verdict = LinearizabilityChecker.Check(mutated);
            Assert.False(verdict.IsLinearizable, $"seed {seed}: the lie was not found");
            Assert.DoesNotContain("not decided", verdict.Fault);
        }
    }
}
