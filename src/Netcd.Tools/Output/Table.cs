using System.Text;

namespace Netcd.Tools.Output;

/// <summary>Rows in a frame, as etcd's tools draw them: titles in capitals and in the middle, values to the right.</summary>
internal static class Table
{
    public static string Of(IReadOnlyList<string> titles, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        string[] heads = [.. titles.Select(static title => title.ToUpperInvariant())];
        int[] widths = [.. heads.Select((head, column) => rows.Select(row => row[column].Length).Append(head.Length).Max())];
        string line = "+" + string.Concat(widths.Select(static width => new string('-', width + 2) + "+")) + "\n";
        StringBuilder text = new(line);
        Append(text, [.. heads.Zip(widths).Select(static cell => Middle(cell.First, cell.Second))]);
        text.Append(line);
        foreach (IReadOnlyList<string> row in rows)
        {
            Append(text, [.. row.Zip(widths).Select(static cell => cell.First.PadLeft(cell.Second))]);
        }

        return text.Append(line).ToString();
    }

    private static void Append(StringBuilder text, string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static string Middle(string text, int width) => text.PadLeft(text.Length + ((width - text.Length) / 2)).PadRight(width);
}
