using System.Text;

namespace Netcd.Tools.Output;

/// <summary>Bytes that need not be text, among text.</summary>
internal static class RawOutput
{
    public static void WriteBytes(this TextWriter output, ReadOnlySpan<byte> bytes)
    {
        if (output is StreamWriter writer)
        {
            writer.Flush();
            writer.BaseStream.Write(bytes);
        }
        else
        {
            output.Write(Encoding.UTF8.GetString(bytes));
        }
    }
}
