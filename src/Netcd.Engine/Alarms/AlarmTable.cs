using System.Collections.Immutable;
using Google.Protobuf;
using Netcd.Engine.Backend;
using Netcd.Protocol.V3;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Alarms;

/// <summary>The alarms that are raised: an immutable picture that the apply stage replaces.</summary>
/// <remarks>A request may raise an alarm for any number that it calls a member, so a balanced tree holds them.</remarks>
public sealed class AlarmTable
{
    private static readonly ImmutableSortedSet<AlarmMember> None =
        ImmutableSortedSet.Create<AlarmMember>(Comparer<AlarmMember>.Create(Compare));

    private readonly ImmutableSortedSet<AlarmMember> raised;

    private AlarmTable(ImmutableSortedSet<AlarmMember> raised) => this.raised = raised;

    /// <summary>No alarm.</summary>
    public static AlarmTable Empty { get; } = new(None);

    /// <summary>The alarms, by kind and member.</summary>
    public IReadOnlyList<AlarmMember> Alarms => raised;

    /// <summary>Whether any member has raised it.</summary>
    public bool IsRaised(AlarmType alarm)
    {
        if (raised.Count == 0)
        {
            return false;
        }

        int place = raised.IndexOf(new AlarmMember { Alarm = alarm });
        int first = place < 0 ? ~place : place;
        return first < raised.Count && raised[first].Alarm == alarm;
    }

    /// <summary>A type's name as etcd writes it.</summary>
    public static string NameOf(AlarmType alarm) => alarm switch
    {
        AlarmType.Nospace => "NOSPACE",
        AlarmType.Corrupt => "CORRUPT",
        _ => "NONE",
    };

    /// <summary>Whether it is a type that netcd knows, or the one that stands for any.</summary>
    internal static bool IsKnown(AlarmType alarm) => alarm is AlarmType.None or AlarmType.Nospace or AlarmType.Corrupt;

    /// <summary>
    /// Reads the stored alarms. One of an unknown type, which an unchecked request may have left behind, says nothing that
    /// this member understands: it is left where it is.
    /// </summary>
    internal static AlarmTable Restore(BackendView view)
    {
        ImmutableSortedSet<AlarmMember>.Builder alarms = None.ToBuilder();
        if (view.Transaction.TryGetBucket(Schema.Alarm, out BoltBucket? bucket))
        {
            BoltCursor cursor = bucket.Cursor();
            for (bool found = cursor.First(); found; found = cursor.Next())
            {
                AlarmMember alarm = AlarmMember.Parser.ParseFrom(cursor.Key);
                if (IsKnown(alarm.Alarm))
                {
                    alarms.Add(alarm);
                }
            }
        }

        return new AlarmTable(alarms.ToImmutable());
    }

    /// <summary>
    /// Runs a request; the answer lists what it raised, cleared or asked for. An unknown action, or an unknown type to raise, changes
    /// nothing: it is refused where it comes in, but another member may have put it into the log.
    /// </summary>
    internal AlarmTable Apply(AlarmRequest request, List<BucketChange> changes, out AlarmResponse response)
    {
        response = new AlarmResponse();
        AlarmMember alarm = new() { MemberID = request.MemberID, Alarm = request.Alarm };
        switch (request.Action)
        {
            case AlarmRequest.Types.AlarmAction.Get:
                response.Alarms.AddRange(raised.Where(other => request.Alarm == AlarmType.None || other.Alarm == request.Alarm));
                return this;
            case AlarmRequest.Types.AlarmAction.Activate when request.Alarm != AlarmType.None && IsKnown(request.Alarm):
                response.Alarms.Add(alarm);
                return raised.Contains(alarm) ? this : With(alarm, changes);
            case AlarmRequest.Types.AlarmAction.Deactivate when raised.Contains(alarm):
                response.Alarms.Add(alarm);
                return Without(alarm, changes);
            default:
                return this;
        }
    }

    private AlarmTable With(AlarmMember alarm, List<BucketChange> changes)
    {
        changes.Add(new BucketChange(Schema.Alarm.ToArray(), alarm.ToByteArray(), []));
        return new AlarmTable(raised.Add(alarm));
    }

    private AlarmTable Without(AlarmMember alarm, List<BucketChange> changes)
    {
        changes.Add(new BucketChange(Schema.Alarm.ToArray(), alarm.ToByteArray(), null));
        return new AlarmTable(raised.Remove(alarm));
    }

    private static int Compare(AlarmMember? left, AlarmMember? right) =>
        (left!.Alarm, left.MemberID).CompareTo((right!.Alarm, right.MemberID));
}
