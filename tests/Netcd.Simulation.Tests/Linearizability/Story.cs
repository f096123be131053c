using Google.Protobuf;
using Netcd.Simulation.Checking.Linearizability;
using Netcd.Simulation.Histories;

namespace Netcd.Simulation.Tests.Linearizability;

/// <summary>A history that is told by hand.</summary>
internal sealed class Story
{
    private readonly History history = new(static () => 0);

    /// <summary>Something that was answered before anything else began.</summary>
    public Story Then(IMessage request, IMessage response)
    {
        history.Answer(Begin(request), response);
        return this;
    }

    /// <summary>Something that goes on until it is ended.</summary>
    public Operation Begin(IMessage request) => history.Invoke(history.NewProcess(), request);

    public Story End(Operation operation, IMessage response)
    {
        history.Answer(operation, response);
        return this;
    }

    /// <summary>Something whose client will never know.</summary>
    public Story Lose(IMessage request)
    {
        history.Forget(Begin(request), null);
        return this;
    }

    public void IsLegal()
    {
        LinearizabilityVerdict verdict = LinearizabilityChecker.Check(history);
        Assert.True(verdict.IsLinearizable, verdict.Fault);
    }

    /// <summary>It must be rejected, and for the reason that is wrong with it.</summary>
    public void IsRejected(string reason)
    {
        LinearizabilityVerdict verdict = LinearizabilityChecker.Check(history);
        Assert.False(verdict.IsLinearizable);
        Assert.Contains(reason, verdict.Fault);
    }

    public LinearizabilityVerdict Check(long limit) => LinearizabilityChecker.Check(history, limit);
}
