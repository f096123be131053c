using System.Globalization;
using Netcd.Engine.Backend;

namespace Netcd.Tools.Output;

/// <summary>A line at a terminal that says how far something is. It is gone when that is done, and never there where it is done at
/// once.</summary>
internal sealed class ProgressLine : IDisposable
{
    private const int BarLength = 30;
    private const string ClearLine = "\r\e[K";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(150);

    private readonly TextWriter errors;
    private readonly Func<int> width;
    private readonly TimeProvider time;
    private readonly long began;
    private readonly ITimer timer;
    private readonly object drawing = new();
    private string what;
    private long done;
    private long total;
    private string? unit;
    private bool isDrawn;
    private bool isOver;

    /// <param name="errors">The terminal.</param>
    /// <param name="what">What is done.</param>
    /// <param name="width">How many characters a line has.</param>
    /// <param name="time">The clock.</param>
    public ProgressLine(TextWriter errors, string what, Func<int> width, TimeProvider time)
    {
        this.errors = errors;
        this.what = what;
        this.width = width;
        this.time = time;
        began = time.GetTimestamp();
        timer = time.CreateTimer(_ => Draw(), null, Interval, Interval);
    }

    /// <summary>A line for people; null where there is no terminal, or a program reads the answer.</summary>
    public static ProgressLine? For(TextWriter errors, OutputFormat format, string what) =>
        format == OutputFormat.Simple && Terminal.ShowsErrors(errors)
            ? new ProgressLine(errors, what, Terminal.Width, TimeProvider.System)
            : null;

    /// <summary>Says how far it is.</summary>
    /// <param name="doing">What is being done.</param>
    /// <param name="part">How much is done.</param>
    /// <param name="whole">How much there is; 0 where nobody knows.</param>
    /// <param name="counted">What is counted; null for bytes.</param>
    public void Report(string doing, long part, long whole, string? counted = null)
    {
        lock (drawing)
        {
            (what, done, total, unit) = (doing, part, whole, counted);
        }
    }

    /// <summary>Makes room for a line that is written to the same terminal; the progress is drawn again below it.</summary>
    public void MakeRoom()
    {
        lock (drawing)
        {
            if (isDrawn && !isOver)
            {
                errors.Write(ClearLine);
            }
        }
    }

    public void Dispose()
    {
        timer.Dispose();
        lock (drawing)
        {
            MakeRoom();
            isOver = true;
        }
    }

    private void Draw()
    {
        lock (drawing)
        {
            if (isOver)
            {
                return;
            }

            isDrawn = true;
            string line = Text();
            int most = Math.Max(1, width() - 1);
            errors.Write(ClearLine + (line.Length > most ? line[..most] : line));
        }
    }

    private string Text()
    {
        string took = string.Create(CultureInfo.InvariantCulture, $"{time.GetElapsedTime(began).TotalSeconds:0} s");
        if (total <= 0)
        {
            return $"{what}  {took}";
        }

        double share = Math.Clamp((double)done / total, 0, 1);
        string bar = new string('#', (int)(share * BarLength)).PadRight(BarLength, '-');
        string percent = string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(share * 100),3} %");
        return $"{what} {percent}  [{bar}]  {Amount(done)} of {Amount(total)}{(unit is null ? "" : " " + unit)}  {took}";
    }

    private string Amount(long count) => unit is null ? new ByteCount(count).ToString()! : count.ToString(CultureInfo.InvariantCulture);
}
