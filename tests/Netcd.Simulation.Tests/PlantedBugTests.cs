using Netcd.Simulation.Planted;

namespace Netcd.Simulation.Tests;

/// <summary>The checkers speak where the engine is wrong: the quickest of the planted bugs, and that all can still be planted.</summary>
public sealed class PlantedBugTests
{
    private const int FewestBugs = 25;

    [Fact]
    public void Every_planted_bug_has_its_place_in_the_source_exactly_once()
    {
        foreach (PlantedBug bug in PlantedBugs.All)
        {
            string source = File.ReadAllText(Repository.At(bug.File));
            Assert.NotEqual(source, bug.ApplyTo(source));
        }
    }

    [Fact]
    public void There_are_enough_planted_bugs_and_each_has_a_name_of_its_own()
    {
        Assert.True(PlantedBugs.All.Count >= FewestBugs, $"there are {PlantedBugs.All.Count}");
        Assert.Equal(PlantedBugs.All.Count, PlantedBugs.All.DistinctBy(static bug => bug.Name).Count());
    }

    [Theory]
    [InlineData("reads without asking the leader", "model")]
    [InlineData("half of the votes elect", "raft safety")]
    [InlineData("the consistent index is not in the batch's transaction", "model")]
    public void A_planted_bug_is_caught_by_a_checker(string name, string checker)
    {
        PlantedBug bug = Assert.Single(PlantedBugs.All, bug => bug.Name == name);
        using Mutant mutant = new(bug);
        PlantedOutcome outcome = mutant.Hunt();
        Assert.True(outcome.IsCaught, $"{name}: {outcome.Message}");
        Assert.Equal(checker, outcome.Checker);
    }
}
