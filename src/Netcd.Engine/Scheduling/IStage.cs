
namespace Netcd.Engine.Scheduling;

/// <summary>
/// A part of the engine that owns its state and does a bounded amount of work a step. A step never waits for another stage;
/// what a stage wants of another it puts into that one's inbox. Who calls the steps (threads in production, the simulator's
/// one thread) decides the interleaving.
/// </summary>
public interface IStage
{
    /// <summary>For logs and thread names.</summary>
    string Name { get; }

    /// <summary>Whether its steps call into the disk and may take long: such a stage gets a thread of its own.</summary>
    bool BlocksOnDisk { get; }

    /// <summary>What waits in its inbox; for any thread.</summary>
    int Waiting { get; }

    /// <summary>Called once by the host that runs the stage: the action to call when its inbox fills. May be called from any
    /// thread.</summary>
    void SetWaker(Action wake);

    /// <summary>
    /// Takes what is there for the next step, so that what comes in until then waits for the one after it. A step does this
    /// itself where it was not called; the simulator, in whose time a step takes none, calls it ahead by what the disk takes.
    /// </summary>
    void Begin()
    {
    }

    /// <summary>Does what is there to do, in a bounded amount.</summary>
    /// <param name="nowMilliseconds">A monotonic time.</param>
    /// <returns>The time at which the stage wants its next step at the latest, whatever comes in: now where more is to be
    /// done at once, <see cref="long.MaxValue"/> where nothing is.</returns>
    long Step(long nowMilliseconds);
}
