using Netcd.Engine.Leases;
using Netcd.Engine.Requests;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Answers callers that ask for a list of all leases. The engine's thread only copies them, once for all that ask meanwhile, and in a
/// bounded part of its time, however many leases and calls there are; they are sorted on the answer stage's thread.
/// </summary>
internal sealed class LeaseLists(ReplicatedState state, AnswerPort answers)
{
    private List<PendingLeaseCall> waiting = [];
    private long nextCopy = long.MinValue;

    /// <summary>When it wants to be called again.</summary>
    public long Next => waiting.Count > 0 ? nextCopy : long.MaxValue;

    public void Add(PendingLeaseCall call) => waiting.Add(call);

    /// <summary>Copies the leases for those who wait, where the last copy was long enough ago.</summary>
    public void Step(long now)
    {
        if (waiting.Count == 0 || now < nextCopy)
        {
            return;
        }

        long[] ends = new long[state.Leases.Count];
        long[] ids = new long[ends.Length];
        int count = 0;
        List<AttachedKeys>? keys = waiting.Exists(static call => call.Question == LeaseQuery.ListWithKeys) ? new(ends.Length) : null;
        foreach (GrantedLease lease in state.Leases.All)
        {
            (ends[count], ids[count]) = (lease.DeadlineMilliseconds, lease.Id);
            count++;
            keys?.Add(lease.Attached());
        }

        nextCopy = now + (count / Limits.LeasesListedPerMillisecond);
        List<PendingLeaseCall> asked = waiting;
        waiting = [];
        answers.Run(() => Answer(asked, ends, ids, keys ?? []));
    }

    /// <summary>Ends what waits.</summary>
    public void FailAll(EtcdError error)
    {
        waiting.ForEach(call => call.Complete(LeaseAnswer.Of(error)));
        waiting.Clear();
    }

    private static void Answer(List<PendingLeaseCall> asked, long[] ends, long[] ids, List<AttachedKeys> keys)
    {
        Array.Sort(ends, ids);
        LeaseAnswer answer = new() { Leases = ids, AttachedKeys = keys };
        asked.ForEach(call => call.Complete(answer));
    }
}
