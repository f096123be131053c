using Google.Protobuf;
using Netcd.Engine.Backend;
using Netcd.Protocol.V3;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Alarms;

/// <summary>The alarms that are raised: an immutable picture that the apply stage replaces.</summary>
public sealed class AlarmTable
{
    /// <summary>No alarm.</summary>
    public static AlarmTable Empty { get; } = new();

    /// <summary>The alarms, by member and kind.</summary>
    public IReadOnlyList<AlarmMember> Alarms { get; private init; } = [];

    /// <summary>Whether any member has raised it.</summary>
    public bool IsRaised(AlarmType alarm) => Alarms.Any(raised => raised.Alarm == alarm);

    /// <summary>Whether it is a type that netcd knows, or the one that stands for any.</summary>
    internal static bool IsKnown(AlarmType alarm) => alarm is AlarmType.None or AlarmType.Nospace or AlarmType.Corrupt;

    /// <summary>
    /// Reads the stored alarms. One of an unknown type, which a request that nobody checked may have left behind, says nothing that
    /// this member understands: it is left where it is.
    /// </summary>
    internal static AlarmTable Restore(BackendView view)
    {
        List<AlarmMember> alarms = [];
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

        return new AlarmTable { Alarms = alarms };
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
                response.Alarms.AddRange(Alarms.Where(raised => request.Alarm == AlarmType.None || raised.Alarm == request.Alarm));
                return this;
            case AlarmRequest.Types.AlarmAction.Activate when request.Alarm != AlarmType.None && IsKnown(request.Alarm):
                response.Alarms.Add(alarm);
                return Alarms.Contains(alarm) ? this : With(alarm, changes);
            case AlarmRequest.Types.AlarmAction.Deactivate when Alarms.Contains(alarm):
                response.Alarms.Add(alarm);
                return Without(alarm, changes);
            default:
                return this;
        }
    }

    private AlarmTable With(AlarmMember alarm, List<BucketChange> changes)
    {
        changes.Add(new BucketChange(Schema.Alarm.ToArray(), alarm.ToByteArray(), []));
        return new AlarmTable { Alarms = [.. Alarms, alarm] };
    }

    private AlarmTable Without(AlarmMember alarm, List<BucketChange> changes)
    {
        changes.Add(new BucketChange(Schema.Alarm.ToArray(), alarm.ToByteArray(), null));
        return new AlarmTable { Alarms = [.. Alarms.Where(raised => !raised.Equals(alarm))] };
    }
}
