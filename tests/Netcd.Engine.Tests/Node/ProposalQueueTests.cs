using Netcd.Engine.Apply;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Requests;
using Netcd.Engine.Tests.Watching;
using Netcd.Engine.Watching;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Node;

/// <summary>What may still be proposed where applying is far behind the log.</summary>
public sealed class ProposalQueueTests : IDisposable
{
    private const ulong Bound = Limits.MaxCommittedNotAppliedEntries;

    private readonly WatchFixture fixture = new(new WatchSettings { FragmentBytes = 1_000_000 });
    private readonly ConsensusPort consensus = new();

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData(Bound, true, true, true)]
    [InlineData(Bound + 1, false, false, true)]
    [InlineData(2 * Bound, false, false, true)]
    [InlineData((2 * Bound) + 1, false, false, false)]
    public void Writes_are_refused_and_revocations_later_where_they_are_preferred(
        ulong ahead, bool isWriteTaken, bool isRevocationTaken, bool isPreferredRevocationTaken)
    {
        consensus.Position = new RaftPosition(
            new MemberId(8), Term: 3, CommitIndex: 20 + ahead, AppliedIndex: 20, AppliedTerm: 3, IsReadableAtOnce: false);
        foreach (bool isPreferring in (bool[])[false, true])
        {
            ProposalQueue queue = new(
                consensus, new LogPort(), new RequestIds(8, static bound => bound - 1), fixture.State, 1_500_000, isPreferring,
                MonotonicClock.Still);
            Assert.Equal(
                (isWriteTaken, isPreferring ? isPreferredRevocationTaken : isRevocationTaken),
                (IsTaken(queue, SteppedNode.Put("write", "1")),
                    IsTaken(queue, new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = 7 } })));
        }
    }

    private static bool IsTaken(ProposalQueue queue, InternalRaftRequest request)
    {
        EtcdError? refusal = queue.Propose(new Sent(request));
        Assert.True(refusal is null || refusal == EtcdErrors.TooManyRequests);
        return refusal is null;
    }

    private sealed class Sent(InternalRaftRequest request) : PendingRequest(request)
    {
        protected internal override void Complete(ApplyResult result)
        {
        }
    }
}
