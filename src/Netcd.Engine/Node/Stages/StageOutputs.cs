using Netcd.Engine.Peers;
using Netcd.Engine.Snapshots;
using Netcd.Engine.Watching;

namespace Netcd.Engine.Node.Stages;

/// <summary>Where the consensus stage puts what raft wants done.</summary>
internal sealed record ConsensusOutputs(
    ProposalQueue Proposals, LogPort Log, ApplyPort Apply, LeasePort Leases, PeerLinks Peers, OutgoingSnapshots Snapshots);

/// <summary>Where the apply stage puts what follows from entries.</summary>
internal sealed record ApplyOutputs(
    ConsensusPort Consensus,
    StorageResponses Responses,
    LogPort Log,
    BackendPort Backend,
    LeasePort Leases,
    WatchPort Watches,
    AnswerPort Answers,
    PeerLinks Peers);

/// <summary>What the lease stage uses of the others.</summary>
internal sealed record LeaseOutputs(ConsensusPort Consensus, ProposalQueue Proposals, LeaseCheckpoints Checkpoints, AnswerPort Answers);
