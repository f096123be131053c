namespace Netcd.Client.Leases;

/// <summary>A lease that is renewed, for however many handles of it this client has.</summary>
internal sealed class KeptLease(long id)
{
    /// <summary>An answer that takes longer is not waited for: another member may be well. Short leases have less time.</summary>
    private static readonly TimeSpan MostAnswerTime = TimeSpan.FromSeconds(5);

    /// <summary>Its id.</summary>
    public long Id { get; } = id;

    /// <summary>Those who hold it. Never empty, but for the moment before it is forgotten.</summary>
    public List<LeaseHandle> Handles { get; } = [];

    /// <summary>When the renewal that is not answered yet was sent on the present stream, as a timestamp.</summary>
    public long? SentAt { get; set; }

    /// <summary>How long it is certain to last.</summary>
    public TimeSpan TimeLeft => Handles[0].TimeLeft;

    private TimeSpan AnswerTime => Handles[0].TimeToLive / 3 is var third && third < MostAnswerTime ? third : MostAnswerTime;

    /// <summary>Renews it if that is due, and ends a stream that has not answered. Gives when to look again.</summary>
    public TimeSpan Pace(KeepAliveSession session, TimeProvider time)
    {
        TimeSpan due = Handles[0].UntilDue;
        if (SentAt is { } sentAt)
        {
            due = AnswerTime - time.GetElapsedTime(sentAt);
            if (due <= TimeSpan.Zero)
            {
                session.Abort();
                return TimeLeft;
            }
        }
        else if (due <= TimeSpan.Zero)
        {
            SentAt = time.GetTimestamp();
            session.Renew(Id);
            due = AnswerTime;
        }

        return due < TimeLeft ? due : TimeLeft;
    }
}
