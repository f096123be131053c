using System.Globalization;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Apply;
using Netcd.Engine.Backend;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Peers;
using Netcd.Engine.Requests;
using Netcd.Engine.Snapshots;
using Netcd.Protocol.Errors;
using Netcd.Raft;

namespace Netcd.Engine.Node;

/// <content>Carries what stages want to the stages that do it, and to the peers.</content>
public sealed partial class EtcdNode
{
    private sealed class Wiring(EtcdNode node) : IConsensusOutputs, IApplyOutputs
    {
        public void Proposing(IReadOnlyList<PendingRequest> requests)
        {
            long bytes = 0;
            foreach (PendingRequest request in requests)
            {
                bytes += request.Encoded.Length;
            }

            node.Dequeue(requests.Count, bytes);
            node.apply.Register(requests);
        }

        public void Rejected(PendingRequest request, EtcdError error)
        {
            Interlocked.Increment(ref node.failedProposals);
            node.apply.Reject(request, error);
        }

        public void Dropped(PendingRequest request, EtcdError error)
        {
            Interlocked.Increment(ref node.failedProposals);
            node.Dequeue(1, request.Encoded.Length);
            node.conditions.Remove(request.ConditionCost);
            request.Complete(new ApplyResult(error));
        }

        public void Append(Message message) => node.logStage.Append(message);

        public void Apply(Message message) => node.apply.Apply(message);

        public void Send(Message message)
        {
            if (message.Type == MessageType.Snapshot)
            {
                node.SendSnapshot(message);
            }
            else
            {
                node.transport.Send(message);
            }
        }

        public void Received(Message message, Reception reception, string? fault, long nowMilliseconds) =>
            node.Refused.Received(message, reception, fault, nowMilliseconds);

        public void AskForMembers() => node.transport.AskForMembers();

        public void LeaderChanged(ulong leaderId, ulong term)
        {
            node.log.LogInformation(
                "the leader is {LeaderId} at term {Term}", leaderId == 0 ? "none" : leaderId.ToString("x", CultureInfo.InvariantCulture), term);
            if (leaderId != 0)
            {
                Interlocked.Increment(ref node.leaderChanges);
            }

            node.leaseStage.LeaderChanged();
            node.Changes.OnLeader(leaderId, term);
        }

        /// <summary>What may go now that a request of raft's storage protocol is carried out: to raft itself, or to a peer.</summary>
        public void Respond(Message response)
        {
            if (response.To == node.MemberId)
            {
                node.consensus.Deliver(response);
            }
            else
            {
                node.transport.Send(response);
            }
        }

        public void ConfChanged(ConfChange change) => node.consensus.Run(_ => node.consensus.Reconfigure(change));

        public void MembersChanged() => node.UpdatePeers();

        public void LeaseChanged(long id) => node.leaseStage.Changed(id);

        public void Open(Snapshot snapshot) => node.backend.Open(snapshot);

        public void Installed() => node.logStage.Installed();

        public void Answer(PendingRequest request, ApplyResult result) => node.answers.Finish(request, result);

        public void Published() => node.Watches.Published();

        public void Commit(BackendBatch batch) => node.backend.Commit(batch);

        public void SnapshotDue(RaftSnapshot snapshot)
        {
            node.logStage.Save(snapshot);
            node.consensus.Run(_ => node.CompactLog(snapshot));
        }
    }
}
