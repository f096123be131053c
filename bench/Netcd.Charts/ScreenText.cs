using OxyPlot;

namespace Netcd.Charts;

/// <summary>
/// Measures text for SVG. The library measures it for paper, in points of which 72 are an inch, where browsers take 96; and some have a
/// wider font than the one that is asked for.
/// </summary>
internal sealed class ScreenText() : PdfRenderContext(1, 1, OxyColors.Undefined)
{
    private const double Larger = 96.0 / 72 * 1.15;

    /// <inheritdoc/>
    public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
    {
        OxySize size = base.MeasureText(text, fontFamily, fontSize, fontWeight);
        return new OxySize(size.Width * Larger, size.Height * Larger);
    }
}
