namespace Netcd.Tools.Ctl;

/// <summary>Times of leases as they are typed.</summary>
internal static class LeaseTime
{
    /// <summary>More than any server grants, and no more than there can be.</summary>
    private static readonly long Most = (long)TimeSpan.MaxValue.TotalSeconds - 1;

    /// <summary>So many seconds; servers make their least of what is less, and refuse what is too much.</summary>
    public static TimeSpan Of(long seconds) => TimeSpan.FromSeconds(Math.Min(seconds, Most));
}
