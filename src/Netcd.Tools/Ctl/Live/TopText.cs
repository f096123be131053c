using System.Globalization;
using Netcd.Engine.Backend;
using Netcd.Engine.Text;

namespace Netcd.Tools.Ctl.Live;

/// <summary>A view of a cluster as lines.</summary>
internal static class TopText
{
    private const string Unknown = "-";

    private static readonly string[] Titles =
    [
        "ENDPOINT", "NAME", "ROLE", "TERM", "INDEX", "APPLIED", "REV/S", "RAFT/S", "LATENCY", "SIZE", "IN USE", "QUOTA",
    ];

    /// <summary>The lines.</summary>
    /// <param name="rows">The members.</param>
    /// <param name="now">What the clock shows.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<MemberRow> rows, DateTimeOffset now)
    {
        int answering = rows.Count(static row => row.Sample.Status is not null);
        string head = string.Create(
            CultureInfo.InvariantCulture, $"{now:HH:mm:ss}  {answering} of {rows.Count} members answer{Leader(rows)}");
        string[][] cells = [Titles, .. rows.Select(Cells)];
        int[] widths = [.. Titles.Select((_, column) => cells.Max(line => line[column].Length))];
        string[] troubles = [.. rows.SelectMany(Troubles)];
        return [head, "", .. cells.Select(line => Line(line, widths)), .. troubles.Length == 0 ? troubles : ["", .. troubles]];
    }

    private static string Leader(IReadOnlyList<MemberRow> rows) => rows.FirstOrDefault(static row => row.IsLeader) is { } leader
        ? $", led by {(leader.Name.Length > 0 ? leader.Name : leader.Sample.Endpoint)}"
        : ", no leader among them";

    private static string Line(string[] cells, int[] widths) =>
        string.Join("  ", cells.Select((cell, column) => IsText(column) ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])))
            .TrimEnd();

    private static bool IsText(int column) => column < 3;

    private static string[] Cells(MemberRow row)
    {
        if (row.Sample.Status is not { } status)
        {
            string[] cells = [.. Enumerable.Repeat(Unknown, Titles.Length)];
            (cells[0], cells[2]) = (row.Sample.Endpoint, "silent");
            return cells;
        }

        return
        [
            row.Sample.Endpoint,
            row.Name.Length > 0 ? row.Name : Unknown,
            row.IsLeader ? "*leader" : status.IsLearner ? "learner" : "follower",
            $"{status.RaftTerm}",
            $"{status.RaftIndex}",
            $"{status.RaftAppliedIndex}",
            Rate(row.RevisionsPerSecond),
            Rate(row.EntriesPerSecond),
            row.Sample.Latency is { } took ? GoDuration.ToText(TimeSpan.FromMicroseconds(Math.Round(took.TotalMicroseconds))) : Unknown,
            new ByteCount(status.DatabaseBytes).ToString(),
            new ByteCount(status.DatabaseBytesInUse).ToString(),
            row.QuotaShare is { } share ? share.ToString("0.0%", CultureInfo.InvariantCulture) : Unknown,
        ];
    }

    /// <summary>What is wrong with a member, in lines of their own: columns at the right do not fit on every screen.</summary>
    private static IEnumerable<string> Troubles(MemberRow row) => row.Alarms.Select(static alarm => "alarm " + alarm)
        .Concat(row.Sample.Status?.Errors ?? [])
        .Append(row.Sample.Error)
        .Where(static text => text.Length > 0)
        .Distinct()
        .Select(text => $"{row.Sample.Endpoint}: {WithoutEndpoint(text, row.Sample.Endpoint)}");

    private static string WithoutEndpoint(string text, string endpoint) =>
        text.StartsWith(endpoint + ": ", StringComparison.Ordinal) ? text[(endpoint.Length + 2)..] : text;

    private static string Rate(double? rate) => rate?.ToString("0.#", CultureInfo.InvariantCulture) ?? Unknown;
}
