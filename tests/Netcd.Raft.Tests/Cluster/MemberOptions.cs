namespace Netcd.Raft.Tests.Cluster;

/// <summary>How the members of a test cluster behave.</summary>
internal sealed record MemberOptions
{
    public bool PreVote { get; init; }

    public bool CheckQuorum { get; init; }

    public bool IsAsync { get; init; } = true;

    public bool StepDownOnRemoval { get; init; } = true;

    public bool DisableProposalForwarding { get; init; }

    public ReadOnlyOption ReadOnlyOption { get; init; }

    public bool SharedReadRounds { get; init; }

    public ulong MaxSizePerMessage { get; init; } = RaftConfig.NoLimit;

    public ulong MaxCommittedSizePerReady { get; init; }

    public ulong MaxUncommittedEntriesSize { get; init; }

    public int MaxInflightMessages { get; init; } = 256;

    public ulong MaxInflightBytes { get; init; }
}
