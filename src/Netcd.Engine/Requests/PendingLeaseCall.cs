using Netcd.Engine.Leases;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Requests;

/// <summary>What is asked about a lease, or about all.</summary>
public enum LeaseQuery
{
    /// <summary>Give it its whole time again; the leader alone can.</summary>
    Renew,

    /// <summary>How much time it has left; the leader alone knows.</summary>
    Inspect,

    /// <summary>The same, and its keys.</summary>
    InspectWithKeys,

    /// <summary>Which leases there are; every member answers by itself.</summary>
    List,

    /// <summary>The same, and their keys, to see whether a user may read them all.</summary>
    ListWithKeys,
}

/// <summary>
/// A call about leases that does not go through the log, and the caller that waits for the answer. The engine calls <see cref="Complete"/>
/// once, on a stage's thread: implementations hand over and return.
/// </summary>
/// <param name="question">What is asked.</param>
/// <param name="id">The lease; 0 for a list.</param>
public abstract class PendingLeaseCall(LeaseQuery question, LeaseId id)
{
    /// <summary>What is asked.</summary>
    public LeaseQuery Question { get; } = question;

    /// <summary>The lease.</summary>
    public LeaseId Id { get; } = id;

    /// <summary>How long the caller waits, in milliseconds; the node's own request timeout ends the wait too.</summary>
    public int TimeoutMilliseconds { get; init; } = int.MaxValue;

    /// <summary>When it is given up, in the stages' time.</summary>
    internal long DeadlineMilliseconds { get; set; }

    /// <summary>The answer.</summary>
    protected internal abstract void Complete(LeaseAnswer answer);
}

/// <summary>The answer to a question about leases.</summary>
public sealed class LeaseAnswer
{
    /// <summary>Why there is no answer: the lease does not exist, this member does not lead, or it took too long.</summary>
    public EtcdError? Error { get; init; }

    /// <summary>Seconds that are left, the last one begun not counted.</summary>
    public long TtlSeconds { get; init; }

    /// <summary>Seconds that the lease was granted for.</summary>
    public long GrantedSeconds { get; init; }

    /// <summary>The lease's keys in their order, where they were asked for.</summary>
    public IReadOnlyCollection<byte[]> Keys { get; init; } = [];

    /// <summary>All leases: on the leader those first that expire first, elsewhere in no order.</summary>
    public IReadOnlyList<long> Leases { get; init; } = [];

    /// <summary>The keys of all leases, where they were asked for; a picture that does not change.</summary>
    public IReadOnlyList<AttachedKeys> AttachedKeys { get; init; } = [];

    internal static LeaseAnswer Of(EtcdError error) => new() { Error = error };
}
