using System.Text;

namespace Netcd.Tools.Output;

/// <summary>A terminal of which all is drawn anew, again and again; what was on it before is back when it is disposed.</summary>
internal sealed class Screen : IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l";
    private const string Leave = "\e[?25h\e[?1049l";
    private const string Home = "\e[H";
    private const string ClearLine = "\e[K";
    private const string ClearRest = "\e[J";

    private readonly TextWriter output;
    private readonly Func<int> width;

    public Screen(TextWriter output, Func<int> width)
    {
        this.output = output;
        this.width = width;
        output.Write(Enter);
    }

    /// <summary>Draws lines, in one piece, so that nothing flickers.</summary>
    public void Draw(IEnumerable<string> lines)
    {
        StringBuilder text = new(Home);
        int most = width();
        foreach (string line in lines)
        {
            text.Append(line.Length > most ? line[..most] : line).Append(ClearLine).Append('\n');
        }

        output.Write(text.Append(ClearRest).ToString());
    }

    public void Dispose() => output.Write(Leave);
}
