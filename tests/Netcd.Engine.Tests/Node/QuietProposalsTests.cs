using Netcd.Engine.Scheduling;

namespace Netcd.Engine.Tests.Node;

/// <summary>
/// While the log is written, proposals wake nobody: they could not be written sooner, and the log's answer takes them all along. But when
/// it has answered, the next one wakes again.
/// </summary>
public sealed class QuietProposalsTests
{
    [Fact]
    public void A_proposal_wakes_the_engine_unless_the_log_is_about_to()
    {
        using SteppedNode node = new(new SimulatedDisk(keepLog: false), seed: 1);
        Assert.Null(node.Run(SteppedNode.Put("a", "1")).Error);
        int wakes = 0;
        node.Node.Stages.Single(static stage => stage.Name == "consensus").SetWaker(() => wakes++);
        StepAll(node);
        for (int round = 0; round < 3; round++)
        {
            wakes = 0;
            SteppedNode.Sent first = node.Propose(SteppedNode.Put("a", "2"));
            Assert.Equal(1, wakes);
            node.Step("consensus");
            SteppedNode.Sent second = node.Propose(SteppedNode.Put("a", "3"));
            SteppedNode.Sent third = node.Propose(SteppedNode.Put("a", "4"));
            Assert.Equal(1, wakes);
            node.Step("log");
            Assert.Equal(2, wakes);
            StepAll(node);
            Assert.Equal((true, true, true), (first.IsDone, second.IsDone, third.IsDone));
        }
    }

    private static void StepAll(SteppedNode node)
    {
        for (int n = 0; n < 10; n++)
        {
            foreach (IStage stage in node.Node.Stages)
            {
                node.Step(stage.Name);
            }
        }
    }
}
