using System.Globalization;

namespace Netcd.Client.Coordination;

/// <summary>Names for keys of which there are many beside each other: nanoseconds, as etcd's own recipes have them.</summary>
internal static class UniqueNames
{
    private static long last;

    /// <summary>A number that this process has not used yet; another one may have.</summary>
    public static string Next()
    {
        while (true)
        {
            long before = Interlocked.Read(ref last);
            long now = Math.Max((DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100, before + 1);
            if (Interlocked.CompareExchange(ref last, now, before) == before)
            {
                return now.ToString(CultureInfo.InvariantCulture);
            }
        }
    }
}
