namespace Netcd.Raft;

/// <summary>What a node does with ticks and messages of its own term while it is in one role. A change of role is a new object.</summary>
internal abstract class Role(RaftCore core)
{
    public abstract RaftRole Kind { get; }

    protected RaftCore Core { get; } = core;

    public abstract void Tick();

    public abstract StepResult Step(Message message);

    public abstract StepResult Propose(ReadOnlySpan<ReadOnlyMemory<byte>> payloads);
}
